// The editor's buttons for articles: headings, 着重号, code. Texts come from the configuration.
(function () {
	"use strict";
	var base = CKEDITOR.plugins.getPath("tougao") || "";

	function addStyle(editor, name, label, element, order, key) {
		var style = new CKEDITOR.style({ element: element });
		editor.addCommand(name, new CKEDITOR.styleCommand(style));
		editor.attachStyleStateChange(style, function (state) {
			if (!editor.readOnly) editor.getCommand(name).setState(state);
		});
		editor.ui.addButton(name, {
			label: label, command: name, toolbar: order, icon: base + "icons/" + name.toLowerCase() + ".svg",
		});
		if (key) editor.setKeystroke(key, name);
	}

	// The page's token goes along with every upload, as the server asks of any form.
	function sendToken(editor) {
		var field = editor.element.$.form && editor.element.$.form.elements.csrfmiddlewaretoken;
		editor.on("fileUploadRequest", function (event) {
			if (field) event.data.fileLoader.xhr.setRequestHeader("X-CSRFToken", field.value);
		});
	}

	function followTheme(editor) {
		function apply() {
			if (editor.document) {
				editor.document.getDocumentElement().setAttribute(
					"data-theme", document.documentElement.dataset.theme || "auto");
			}
		}
		editor.on("contentDom", apply);
		new MutationObserver(apply).observe(document.documentElement, {
			attributes: true, attributeFilter: ["data-theme"],
		});
	}

	// A text saved before its pictures have arrived would lose them.
	function waitForUploads(editor, text) {
		var form = editor.element.$.form;
		if (!form) return;
		form.addEventListener("submit", function (event) {
			var repository = editor.uploadRepository;
			if (repository && !repository.isFinished()) {
				event.preventDefault();
				event.stopImmediatePropagation();
				editor.showNotification(text, "warning");
			}
		}, true);
	}

	// The label leads to the editor, as it led to the text area.
	function followLabel(editor) {
		var label = document.querySelector('label[for="' + editor.name + '"]');
		if (label) label.addEventListener("click", function () { editor.focus(); });
	}

	CKEDITOR.plugins.add("tougao", {
		requires: "image2,uploadimage",
		init: function (editor) {
			var texts = editor.config.tougao;
			base = this.path;
			addStyle(editor, "Heading2", texts.heading2, "h2", "blocks,10", CKEDITOR.CTRL + CKEDITOR.ALT + 50);
			addStyle(editor, "Heading3", texts.heading3, "h3", "blocks,20", CKEDITOR.CTRL + CKEDITOR.ALT + 51);
			addStyle(editor, "Emphasis", texts.emphasis, "em", "inline,20", CKEDITOR.CTRL + 73);
			addStyle(editor, "InlineCode", texts.code, "code", "inline,30");
			addStyle(editor, "CodeBlock", texts.codeBlock, "pre", "paragraph,40");
			// The server drops a caption that is left as it stands (articles.editor).
			if (editor.lang.image2) editor.lang.image2.captionPlaceholder = texts.caption;
			followLabel(editor);
			sendToken(editor);
			followTheme(editor);
			waitForUploads(editor, texts.uploading);
		},
	});
})();
