// The checklist of an article's form: made again for what is typed, and asked before the article
// goes out. Without script the server asks.
(function () {
	"use strict";
	var form = document.getElementById("article_form");
	var panel = document.getElementById("checklist");
	if (!form || !panel) return;
	var findings = panel.querySelector("[data-findings]");
	var overrule = panel.querySelector("[data-overrule]");
	var again = panel.querySelector("[data-check-now]");
	var reason = document.getElementById("id_reason");
	var busy = false;
	var passing = false;

	function editors() { return window.CKEDITOR ? Object.values(CKEDITOR.instances) : []; }

	// What is typed, without the file: that a cover is chosen is all the check must know.
	function typed(button) {
		editors().forEach(function (editor) { editor.updateElement(); });
		var data = new FormData(form);
		var cover = document.getElementById("id_cover_upload");
		if (cover && cover.files.length) data.set("cover_chosen", "1");
		data.delete("cover_upload");
		if (button) data.set(button.name, button.value);
		return data;
	}

	// Whoever is signed out by now gets another page, which is no answer.
	function check(button) {
		return fetch(panel.dataset.check, { method: "POST", body: typed(button) }).then(function (response) {
			if (!response.ok || response.redirected) throw new Error(response.status);
			return response.text();
		}).then(function (html) {
			findings.innerHTML = html;
			return findings.querySelector("[data-warnings]").dataset;
		});
	}

	function ask() {
		overrule.hidden = false;
		form.querySelectorAll("[data-anyway]").forEach(function (button) { button.textContent = button.dataset.anyway; });
		reason.focus({ preventScroll: true });
		overrule.scrollIntoView({ block: "center" });
	}

	form.addEventListener("submit", function (event) {
		var button = event.submitter;
		if (passing || !button || (button.name !== "_publish" && button.name !== "_schedule")) return;
		if (!overrule || reason.value.trim()) return;
		event.preventDefault();
		event.stopImmediatePropagation();
		if (busy) return;
		busy = true;
		function pass() {
			passing = true;
			form.requestSubmit(button);
			passing = false;
		}
		check(button).then(function (count) {
			if (count.musts === "0" && count.warnings === "0") return pass();
			if (count.musts === "0") return ask();
			panel.scrollIntoView({ block: "nearest" });
			findings.querySelector("a").focus();
		}, pass).finally(function () { busy = false; });
	}, true);

	again.hidden = false;
	again.addEventListener("click", function () {
		check(null).catch(function () { findings.textContent = panel.dataset.failed; });
	});

	// --- To the place that a finding is about ----------------------------------------------------
	function plain(text) { return text.split(/\s+/).filter(Boolean).join(" "); }

	function placeIn(root, link) {
		if (link.dataset.picture) {
			return Array.from(root.querySelectorAll("img")).find(function (image) { return image.getAttribute("src") === link.dataset.picture; });
		}
		return Array.from(root.querySelectorAll("h2, h3, h4, p, li, td, th, figcaption")).find(function (block) {
			return plain(block.textContent).indexOf(link.dataset.words) >= 0;
		});
	}

	panel.addEventListener("click", function (event) {
		var link = event.target.closest("a[data-field]");
		var field = link && document.getElementById(link.dataset.field);
		if (!field) return;
		event.preventDefault();
		var editor = window.CKEDITOR && CKEDITOR.instances[field.id];
		if (!editor) {
			for (var box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
			field.focus();
			return;
		}
		editor.focus();
		var found = link.dataset.words && placeIn(editor.editable().$, link);
		if (!found) return;
		var element = new CKEDITOR.dom.element(found);
		editor.getSelection().selectElement(element);
		element.scrollIntoView();
		editor.container.$.scrollIntoView({ block: "nearest" });
	});
})();
