// Choosing a picture of the library. In the chooser's window: hand the picture to the window that
// opened it. In an article's form: a button beside the cover's number opens the chooser.
(function () {
	"use strict";

	function give(button, callback) {
		var picture = button.dataset;
		var opener = window.opener;
		if (!opener) return;
		if (callback) {
			opener.CKEDITOR.tools.callFunction(callback, picture.address, function () {
				var alt = this.getDialog().getContentElement("info", "alt");
				if (alt && !alt.getValue()) alt.setValue(picture.alt);
			});
		} else {
			opener.dispatchEvent(new opener.CustomEvent("picture-chosen", {
				detail: { number: picture.number, alt: picture.alt, thumb: button.querySelector("img").src },
			}));
		}
		window.close();
	}

	var chooser = document.querySelector("[data-callback]");
	if (chooser) {
		chooser.addEventListener("click", function (event) {
			var button = event.target.closest("[data-number]");
			if (button) give(button, chooser.dataset.callback);
		});
		return;
	}

	var field = document.querySelector("input[data-chooser]");
	if (!field) return;
	var button = document.createElement("button");
	var shown = document.createElement("img");
	button.type = "button";
	button.className = "button";
	button.textContent = field.dataset.chooserLabel;
	shown.className = "desk-thumb";
	shown.alt = "";
	shown.hidden = true;
	field.after(button, shown);
	button.addEventListener("click", function () {
		window.open(field.dataset.chooser, "chooser", "width=900,height=700,resizable=yes,scrollbars=yes");
	});
	window.addEventListener("picture-chosen", function (event) {
		field.value = event.detail.number;
		shown.src = event.detail.thumb;
		shown.hidden = false;
		field.dispatchEvent(new Event("input", { bubbles: true }));
		button.focus();
	});
})();
