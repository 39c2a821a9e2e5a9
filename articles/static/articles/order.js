// Lists whose rows are moved: saves each move without leaving the page, and lets rows be dragged.
// Without it the buttons of the list do the same with a page each. Beside that it names choosers.
(function () {
	"use strict";
	var said = document.getElementById("desk-order-said");

	function list() { return document.querySelector("[data-order]"); }
	function rows() { return Array.from(list().querySelectorAll("li[data-pk]")); }
	function depth(row) { return Number(row.dataset.depth); }

	// A row with all that stands below it.
	function block(row) {
		var all = rows();
		var end = all.indexOf(row) + 1;
		while (end < all.length && depth(all[end]) > depth(row)) end += 1;
		return all.slice(all.indexOf(row), end);
	}

	function announce(page) {
		var heard = page.querySelector(".messagelist");
		var shown = document.querySelector(".messagelist");
		if (shown) shown.remove();
		if (!heard) return;
		said.textContent = heard.textContent.trim();
		var place = document.getElementById("content-start") || document.getElementById("content");
		if (place) place.insertBefore(heard, place.firstChild);
	}

	function show(page, value) {
		var fresh = page.querySelector("[data-order]");
		if (!fresh) { location.reload(); return; }
		list().replaceWith(document.importNode(fresh, true));
		announce(page);
		var button = value && list().querySelector('button[value="' + CSS.escape(value) + '"]');
		if (button) button.focus();
	}

	function send(button) {
		var form = list();
		var data = new FormData(form);
		if (button) data.append(button.name, button.value);
		form.setAttribute("aria-busy", "true");
		fetch(form.getAttribute("action") || location.href, { method: "POST", body: data })
			.then(function (answer) {
				if (!answer.ok) throw new Error(String(answer.status));
				return answer.text();
			})
			.then(function (text) {
				show(new DOMParser().parseFromString(text, "text/html"), button && button.value);
			})
			.catch(function () { location.reload(); });
	}

	document.addEventListener("submit", function (event) {
		if (!event.target.matches("[data-order]")) return;
		if (!event.submitter || event.submitter.name !== "move") return;
		event.preventDefault();
		send(event.submitter);
	});

	// The chooser's own box has no name before something is chosen: it takes that of its label.
	// After the admin's own script, which makes the box when jQuery says so.
	if (window.django && window.django.jQuery) window.django.jQuery(function () {
		document.querySelectorAll("#content-main select.admin-autocomplete").forEach(function (select) {
			var shown = document.getElementById("select2-" + select.id + "-container");
			var label = select.labels[0];
			if (shown && label) shown.setAttribute("aria-label", label.textContent.trim());
		});
	});

	// --- Dragging ---------------------------------------------------------------------------
	var held = null;

	function lift(event) {
		var handle = event.target.closest && event.target.closest(".desk-handle");
		if (!handle || event.button !== 0) return;
		event.preventDefault();
		var row = handle.closest("li");
		held = { rows: block(row), before: rows().map(function (one) { return [one, depth(one)]; }) };
		held.rows.forEach(function (one) { one.classList.add("desk-held"); });
		handle.setPointerCapture(event.pointerId);
	}

	function sink(row, by) {
		row.dataset.depth = String(depth(row) + by);
		row.querySelector("input[name=row]").value = row.dataset.pk + ":" + row.dataset.depth;
	}

	// Over the upper half of another row it takes that row's place, over the lower one the place
	// after it; either way it is as deep as that row.
	function drag(event) {
		if (!held) return;
		var at = document.elementFromPoint(event.clientX, event.clientY);
		var over = at && at.closest("[data-order] li[data-pk]");
		if (!over || held.rows.indexOf(over) >= 0) return;
		var box = over.getBoundingClientRect();
		var by = depth(over) - depth(held.rows[0]);
		if (event.clientY < box.top + box.height / 2) {
			over.before.apply(over, held.rows);
		} else {
			var rest = block(over).filter(function (one) { return held.rows.indexOf(one) < 0; });
			rest[rest.length - 1].after.apply(rest[rest.length - 1], held.rows);
		}
		held.rows.forEach(function (one) { sink(one, by); });
	}

	function let_go(event) {
		if (!held) return;
		var was = held;
		held = null;
		was.rows.forEach(function (one) { one.classList.remove("desk-held"); });
		var now = rows();
		var moved = was.before.some(function (pair, at) {
			return now[at] !== pair[0] || depth(pair[0]) !== pair[1];
		});
		if (event.type === "pointerup" && moved) { send(null); return; }
		if (!moved) return;
		was.before.forEach(function (pair) {
			sink(pair[0], pair[1] - depth(pair[0]));
			pair[0].parentNode.appendChild(pair[0]);
		});
	}

	document.addEventListener("pointerdown", lift);
	document.addEventListener("pointermove", drag);
	document.addEventListener("pointerup", let_go);
	document.addEventListener("pointercancel", let_go);
	document.addEventListener("keydown", function (event) { if (event.key === "Escape") let_go(event); });
})();
