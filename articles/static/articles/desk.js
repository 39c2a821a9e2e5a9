// Warns before a page is left with text that is not saved. The rest of the desk needs no script.
(function () {
	"use strict";
	var form = document.getElementById("article_form");
	if (!form) return;
	var changed = false;
	var leaving = false;
	form.addEventListener("input", function () { changed = true; });
	form.addEventListener("submit", function (event) {
		leaving = !(event.submitter && event.submitter.formTarget === "_blank");
	});
	window.addEventListener("beforeunload", function (event) {
		var editors = window.CKEDITOR ? Object.values(CKEDITOR.instances) : [];
		var typed = editors.some(function (editor) { return editor.checkDirty(); });
		if (!leaving && (changed || typed)) event.preventDefault();
	});
})();
