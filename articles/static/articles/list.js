// Offers the names of tags and bylines while they are typed beside the list of articles. Typed in
// full they do without.
(function () {
	"use strict";
	document.querySelectorAll("input[data-names]").forEach(function (field) {
		var list = document.getElementById(field.getAttribute("list"));
		var last = field.value;
		var timer = 0;
		function show(names) {
			list.replaceChildren.apply(list, names.map(function (name) {
				var option = document.createElement("option");
				option.value = name;
				return option;
			}));
		}
		function ask() {
			var typed = field.value.trim();
			if (typed === last) return;
			last = typed;
			if (!typed) { show([]); return; }
			fetch(field.dataset.names + "?q=" + encodeURIComponent(typed))
				.then(function (response) { return response.ok ? response.json() : { names: [] }; })
				.then(function (found) { if (typed === last) show(found.names); })
				.catch(function () { show([]); });
		}
		field.addEventListener("input", function () {
			window.clearTimeout(timer);
			timer = window.setTimeout(ask, 150);
		});
	});
})();
