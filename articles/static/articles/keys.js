// Shortcuts of the desk. A control says which key is its own: data-key="n", or "g a" for two keys
// one after the other. The key does a click; a field, and whatever has data-key-focus (what decides
// something), only gets the focus. They can be switched off, and never act in a field, in the
// editor, with another modifier or while a word is being composed.
(function () {
	"use strict";
	var PAUSE = 1500;
	var TICKED = /^(checkbox|radio|button|submit|reset|file|image|range|color)$/;
	var TYPED = "textarea, select, [contenteditable]:not([contenteditable=false]), [role=textbox], [role=combobox], [role=listbox], [role=grid], .cke, .cke_dialog, .select2-container";
	// What a Chinese keyboard types for the same key.
	var SAME = { "？": "?", "／": "/", "、": "/", "【": "[", "】": "]" };
	var dialog = document.getElementById("desk-keys");
	var begun = "";
	var timer = 0;

	function isOn() {
		try { return localStorage.getItem("desk-keys") !== "off"; } catch (error) { return true; }
	}
	function isTyping(target) {
		if (!target || !target.closest) return false;
		if (target.closest(TYPED)) return true;
		return target.tagName === "INPUT" && !TICKED.test(target.type);
	}
	// What stands in the closed dialog can be reached by its key; what else is hidden cannot.
	function isThere(control) {
		if (control.disabled) return false;
		return control.getClientRects().length > 0 || (dialog && dialog.contains(control));
	}
	function controls() {
		return Array.from(document.querySelectorAll("[data-key]")).filter(isThere);
	}
	function labelOf(control) {
		var label = control.dataset.keyLabel || control.getAttribute("aria-label") || control.textContent.trim();
		if (!label && control.labels && control.labels.length) label = control.labels[0].textContent;
		return (label || control.value || "").trim();
	}

	function use(control) {
		if (control.matches("textarea, select") || (control.matches("input") && !TICKED.test(control.type))) {
			control.focus();
			if (control.select) control.select();
		} else if (control.hasAttribute("data-key-focus")) {
			var box = control.closest("details");
			if (box) box.open = true;
			control.focus();
			control.scrollIntoView({ block: "center" });
		} else {
			if (!control.closest("dialog")) control.focus();
			control.click();
		}
	}

	// --- Rows of a list: the link of a row has the focus, so that Enter opens it. ---------------
	function rows() {
		return Array.from(document.querySelectorAll("#result_list tbody tr, [data-rows] > *")).filter(function (row) {
			return row.getClientRects().length && linkOf(row);
		});
	}
	function linkOf(row) { return row.querySelector("th a[href], h2 a[href], a[href]"); }
	function present(all) {
		return all.findIndex(function (row) { return row.contains(document.activeElement); });
	}
	function move(by) {
		var all = rows();
		if (!all.length) return false;
		var place = present(all) + by;
		if (present(all) < 0 && by < 0) place = all.length - 1;
		linkOf(all[Math.max(0, Math.min(all.length - 1, place))]).focus();
		return true;
	}
	function tick() {
		var all = rows();
		var box = present(all) >= 0 && all[present(all)].querySelector("input[type=checkbox]");
		if (!box) return false;
		box.click();
		return true;
	}

	// --- The dialog ----------------------------------------------------------------------------
	function keysOf(keys) {
		var shown = document.createElement("span");
		keys.split(" ").forEach(function (key) {
			var one = document.createElement("kbd");
			one.textContent = key;
			shown.append(one, " ");
		});
		return shown;
	}
	function list() {
		var place = dialog.querySelector("[data-keys-here]");
		place.replaceChildren();
		var seen = {};
		controls().forEach(function (control) {
			var key = control.dataset.key;
			if (dialog.contains(control) || seen[key]) return;
			seen[key] = true;
			var line = document.createElement("li");
			line.append(keysOf(key), " ", labelOf(control));
			place.append(line);
		});
		place.closest("section").hidden = !place.children.length;
		dialog.querySelector("[data-keys-rows]").hidden = !rows().length;
		dialog.querySelector("[data-keys-save]").hidden = !saver();
	}
	function mark() {
		document.querySelectorAll("[data-key]").forEach(function (control) {
			if (control.dataset.key.length > 1) return;
			if (isOn()) control.setAttribute("aria-keyshortcuts", control.dataset.key);
			else control.removeAttribute("aria-keyshortcuts");
		});
	}
	function show() {
		if (!dialog || dialog.open) return false;
		list();
		dialog.showModal();
		return true;
	}
	if (dialog) {
		var opener = document.getElementById("desk-keys-open");
		opener.hidden = false;
		opener.addEventListener("click", show);
		dialog.querySelectorAll("[data-key]").forEach(function (link) { link.before(keysOf(link.dataset.key)); });
		// A click beside the dialog closes it.
		dialog.addEventListener("click", function (event) { if (event.target === dialog) dialog.close(); });
		var power = dialog.querySelector("[data-keys-switch]");
		power.checked = isOn();
		power.addEventListener("change", function () {
			try { localStorage.setItem("desk-keys", power.checked ? "on" : "off"); } catch (error) { /* for this page only */ }
			mark();
		});
	}

	// --- Saving ------------------------------------------------------------------------------
	function saver() {
		var active = document.activeElement;
		var form = active && active.closest ? active.closest("form") : null;
		var button = (form && form.querySelector("[name=_save]")) || document.querySelector("[name=_save]");
		return button && !button.disabled ? button : null;
	}
	function save() {
		var button = saver();
		if (button) button.form.requestSubmit(button);
		return Boolean(button);
	}
	function inEditor(editor) {
		editor.on("key", function (event) {
			if (event.data.keyCode === CKEDITOR.CTRL + 83 && save()) event.cancel();
		});
	}
	if (window.CKEDITOR) {
		Object.values(CKEDITOR.instances).forEach(inEditor);
		CKEDITOR.on("instanceCreated", function (event) { inEditor(event.editor); });
	}

	// --- Keys --------------------------------------------------------------------------------
	function act(key) {
		var both = begun ? begun + " " + key : key;
		var all = controls();
		var control = all.find(function (one) { return one.dataset.key === both; });
		begun = "";
		if (control) { use(control); return true; }
		if (all.some(function (one) { return one.dataset.key.startsWith(key + " "); })) {
			begun = key;
			clearTimeout(timer);
			timer = setTimeout(function () { begun = ""; }, PAUSE);
			return true;
		}
		if (both !== key) return false;
		if (key === "?") return show();
		if (key === "j") return move(1);
		if (key === "k") return move(-1);
		return key === "x" && tick();
	}
	document.addEventListener("keydown", function (event) {
		if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
		if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "s") {
			if (!document.querySelector("dialog[open]") && save()) event.preventDefault();
			return;
		}
		if (event.ctrlKey || event.metaKey || event.altKey || !isOn() || isTyping(event.target)) return;
		if (document.querySelector("dialog[open]")) return;
		var key = SAME[event.key] || event.key;
		if (key.length !== 1 || key === " ") return;
		if (event.repeat && key !== "j" && key !== "k") return;
		if (act(key)) event.preventDefault();
	});
	mark();
})();
