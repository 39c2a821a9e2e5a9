// The library of pictures: several uploads at once, each with its progress and its description;
// everything here works without script, too, as a plain form.
(function () {
	"use strict";

	var all = document.querySelector("[data-select-all]");
	if (all) {
		all.hidden = false;
		all.addEventListener("click", function () {
			var boxes = Array.from(document.querySelectorAll(".pic-grid .action-select"));
			var checked = boxes.every(function (box) { return box.checked; });
			boxes.forEach(function (box) { box.checked = !checked; });
		});
	}

	var template = document.getElementById("pic-upload");
	if (!template || document.querySelector("input[name=_popup]")) return;
	var plain = document.getElementById("picture_form");
	var words = document.getElementById("pic-words").dataset;
	var token = plain.elements.csrfmiddlewaretoken.value;
	var form = document.createElement("form");
	form.method = "post";
	form.action = template.dataset.described;
	form.appendChild(plain.elements.csrfmiddlewaretoken.cloneNode());
	form.appendChild(template.content.cloneNode(true));
	// Hidden, not removed: the admin's own scripts look for what stands in it.
	plain.hidden = true;
	plain.after(form);
	var queue = form.querySelector(".pic-queue");
	var status = form.querySelector("[role=status]");
	var save = form.querySelector(".submit-row");
	var zone = form.querySelector(".pic-drop");
	var chooser = form.querySelector("input[type=file]");
	var waiting = [];
	var running = 0;
	var asked = 0;
	var done = 0;
	var unsaved = false;

	function fail(item, message) {
		var note = item.querySelector(".errornote");
		note.textContent = message;
		note.hidden = false;
	}

	function show(item, picture) {
		var label = item.querySelector("label");
		var fields = label.querySelectorAll("input");
		var image = document.createElement("img");
		image.src = picture.url;
		image.alt = "";
		image.className = "desk-thumb";
		item.querySelector(".pic-thumb").appendChild(image);
		fields[0].name = "alt-" + picture.id;
		fields[1].name = "was-" + picture.id;
		fields[0].value = fields[1].value = picture.alt;
		label.hidden = save.hidden = false;
	}

	function finish(item, request) {
		var answer = {};
		item.querySelector("progress").remove();
		try { answer = JSON.parse(request.responseText); } catch (error) { /* no answer of ours */ }
		if (answer.uploaded) show(item, answer);
		else fail(item, answer.error ? answer.error.message : words.failed);
		running -= 1;
		done += 1;
		status.textContent = words.done.replace("{n}", done).replace("{all}", asked);
		next();
	}

	// One after the other: the server decodes one at a time anyway.
	function next() {
		if (running || !waiting.length) return;
		var job = waiting.shift();
		var data = new FormData();
		var request = new XMLHttpRequest();
		running += 1;
		data.append("upload", job.file);
		request.open("POST", template.dataset.address);
		request.setRequestHeader("X-CSRFToken", token);
		request.upload.addEventListener("progress", function (event) {
			if (event.lengthComputable) job.item.querySelector("progress").value = 100 * event.loaded / event.total;
		});
		request.addEventListener("loadend", function () { finish(job.item, request); });
		request.send(data);
	}

	function take(files) {
		Array.from(files).forEach(function (file) {
			var item = document.getElementById("pic-item").content.firstElementChild.cloneNode(true);
			item.querySelector("strong").textContent = file.name;
			item.querySelector("progress").setAttribute("aria-label", file.name);
			queue.appendChild(item);
			waiting.push({ file: file, item: item });
			asked += 1;
		});
		next();
	}

	chooser.addEventListener("change", function () { take(chooser.files); chooser.value = ""; });
	["dragover", "dragleave", "drop"].forEach(function (name) {
		zone.addEventListener(name, function (event) {
			event.preventDefault();
			zone.classList.toggle("over", name === "dragover");
			if (name === "drop") take(event.dataTransfer.files);
		});
	});
	form.addEventListener("input", function (event) { if (event.target !== chooser) unsaved = true; });
	form.addEventListener("submit", function () { unsaved = false; });
	window.addEventListener("beforeunload", function (event) {
		if (unsaved || running || waiting.length) event.preventDefault();
	});
})();
