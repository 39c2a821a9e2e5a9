// Small helps on the review page. It works without them.
(function () {
	"use strict";
	// A ready reason is filled in, to be changed.
	document.querySelectorAll("select[data-fills]").forEach(function (select) {
		var field = document.getElementById(select.dataset.fills);
		if (select.options.length < 2 || !field) return;
		select.parentNode.hidden = false;
		select.addEventListener("change", function () {
			if (!select.value) return;
			field.value = field.value.trim() ? field.value.trim() + "\n" + select.value : select.value;
			field.dispatchEvent(new Event("input"));
			field.focus();
		});
	});
	document.querySelectorAll("[data-without-script]").forEach(function (list) { list.hidden = true; });
	// The preview of the mail shows the reason as it is typed.
	document.querySelectorAll("[data-mail]").forEach(function (mail) {
		var field = document.getElementById(mail.dataset.mail);
		var text = mail.textContent;
		if (!field) return;
		function show() {
			mail.textContent = text.split(mail.dataset.mark).join(field.value.trim() || mail.dataset.mark);
		}
		field.addEventListener("input", show);
		show();
	});
	// What is selected in the text becomes the passage of the remark.
	document.querySelectorAll("[data-quotable]").forEach(function (text) {
		var field = document.getElementById(text.dataset.quotable);
		if (!field) return;
		function take() {
			var selection = window.getSelection();
			var quote = selection.toString().replace(/\s+/g, " ").trim();
			if (quote.length < 2 || !text.contains(selection.anchorNode) || !text.contains(selection.focusNode)) return;
			field.value = quote.slice(0, 500);
			field.closest("details").open = true;
		}
		text.addEventListener("mouseup", take);
		text.addEventListener("keyup", take);
		text.addEventListener("touchend", function () { window.setTimeout(take, 50); });
	});
})();
