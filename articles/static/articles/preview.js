// The preview beside the form of an article, made anew when the typing pauses; and the links to the
// preview, made and revoked without leaving what is typed.
(function () {
	"use strict";
	var PAUSE = 800;
	var form = document.getElementById("article_form");
	var pane = document.getElementById("preview-pane");
	var toggle = document.querySelector("[data-pane-toggle]");

	// --- The pane --------------------------------------------------------------------------------
	function remembered() {
		try { return JSON.parse(localStorage.getItem("desk-preview")) || {}; } catch (error) { return {}; }
	}
	function remember(changes) {
		try { localStorage.setItem("desk-preview", JSON.stringify(Object.assign(remembered(), changes))); } catch (error) { /* Full, or switched off. */ }
	}

	if (form && pane && toggle) (function () {
		var frame = pane.querySelector("iframe");
		var say = pane.querySelector("[data-pane-say]");
		var widths = Array.from(pane.querySelectorAll("input[type=radio]"));
		var timer = 0;
		var asked = null;
		var scrolled = 0;

		function typed() {
			if (window.CKEDITOR) Object.values(CKEDITOR.instances).forEach(function (editor) {
				if (editor.status === "ready") editor.updateElement();
			});
			var data = new FormData(form);
			data.delete("cover_upload");
			return data;
		}
		// The page without its scripts, which the frame would not run.
		function still(html) {
			var page = new DOMParser().parseFromString(html, "text/html");
			page.querySelectorAll("script").forEach(function (script) { script.remove(); });
			return "<!doctype html>" + page.documentElement.outerHTML;
		}
		function fail() {
			say.textContent = pane.dataset.failed;
			say.hidden = false;
		}
		function show() {
			if (pane.hidden) return;
			if (asked) asked.abort();
			asked = new AbortController();
			fetch(pane.dataset.preview, { method: "POST", body: typed(), signal: asked.signal }).then(function (response) {
				if (!response.ok || response.redirected) throw new Error(response.status);
				return response.text();
			}).then(function (html) {
				var shown = frame.contentWindow;
				scrolled = shown ? shown.scrollY : 0;
				frame.srcdoc = still(html);
				say.hidden = true;
			}).catch(function (error) {
				if (error.name !== "AbortError") fail();
			});
		}
		function touch() {
			clearTimeout(timer);
			if (!pane.hidden) timer = setTimeout(show, PAUSE);
		}
		function size(width) {
			pane.dataset.width = width;
			widths.forEach(function (radio) { radio.checked = radio.value === width; });
		}
		function open(isOpen) {
			pane.hidden = !isOpen;
			toggle.setAttribute("aria-expanded", String(isOpen));
			form.parentElement.classList.toggle("has-pane", isOpen);
			if (isOpen) show();
		}

		frame.addEventListener("load", function () { frame.contentWindow.scrollTo(0, scrolled); });
		widths.forEach(function (radio) {
			radio.addEventListener("change", function () {
				size(radio.value);
				remember({ width: radio.value });
			});
		});
		toggle.addEventListener("click", function () {
			open(pane.hidden);
			remember({ open: !pane.hidden });
			if (!pane.hidden) pane.scrollIntoView({ block: "nearest" });
		});
		pane.querySelector("[data-pane-close]").addEventListener("click", function () {
			open(false);
			remember({ open: false });
			toggle.focus();
		});
		form.addEventListener("input", touch);
		form.addEventListener("change", touch);
		if (window.CKEDITOR) CKEDITOR.on("instanceReady", function (event) {
			event.editor.on("change", touch);
			touch();
		});
		form.after(pane);
		toggle.hidden = false;
		size(remembered().width || "390");
		if (remembered().open) open(true);
	})();

	// --- The links -------------------------------------------------------------------------------
	function links() { return document.getElementById("preview-links"); }

	function dress() {
		links().querySelectorAll("[data-copy-link]").forEach(function (button) { button.hidden = !navigator.clipboard; });
	}

	if (links()) {
		dress();
		document.addEventListener("submit", function (event) {
			if (!event.target.closest("#preview-links")) return;
			event.preventDefault();
			fetch(event.target.action, { method: "POST", body: new FormData(event.target) }).then(function (response) {
				return response.text();
			}).then(function (html) {
				var page = new DOMParser().parseFromString(html, "text/html");
				var fresh = page.getElementById("preview-links");
				if (!fresh) throw new Error("no links");
				var said = page.querySelector(".messagelist");
				links().replaceWith(fresh);
				dress();
				links().querySelector("[data-links-say]").textContent = said ? said.textContent.trim() : "";
				var made = links().querySelector("input[readonly]");
				(made || links().querySelector("select")).focus();
			}).catch(function () { event.target.submit(); });
		});
		document.addEventListener("click", function (event) {
			var button = event.target.closest("[data-copy-link]");
			if (!button) return;
			navigator.clipboard.writeText(button.parentElement.querySelector("input").value).then(function () {
				links().querySelector("[data-links-say]").textContent = links().dataset.copied;
			});
		});
	}
})();
