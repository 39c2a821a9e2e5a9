// The editor is named by its label, as the text area was.
(function () {
	"use strict";
	if (!window.CKEDITOR) return;
	CKEDITOR.on("instanceReady", function (event) {
		var label = document.querySelector('label[for="' + event.editor.name + '"]');
		if (!label) return;
		event.editor.editable().setAttribute("aria-label", label.textContent.replace(/[:：]\s*$/, ""));
		label.addEventListener("click", function () { event.editor.focus(); });
	});
})();
