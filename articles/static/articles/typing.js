/* The article's form: keeps what is typed while it is typed, on the server or, where that cannot be
   reached, on this device; says who else has the article open; warns before a page is left with
   text that is kept nowhere. Without this file the form works, too. */
(function (d) {
	"use strict";
	var PAUSE = 3000, LONGEST = 15000, AGAIN = 10000, HEARTBEAT = 20000, WAIT = 3000;
	var KEEPALIVE = 60000; /* Browsers let a page that is left send no more than 64 KB. */
	var LOCAL = "tougao.typing.";
	var SKIPPED = /^(csrfmiddlewaretoken|form_key|took_over|opened_at|based_on|merge_.*|_.*)$/;
	var box = d.querySelector("[data-typing]"), form = d.getElementById("article_form");
	if (!box || !form) return;
	var t = box.dataset, prefix = LOCAL + t.user + "." + t.article + ".";
	var base = null, kept = null, started = false;
	var timer = null, again = null, since = 0, saving = null, leaving = false;

	/* --- What is typed ----------------------------------------------------------------------- */
	function newKey() {
		if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
		var parts = crypto.getRandomValues(new Uint32Array(4));
		return Array.from(parts, function (n) { return n.toString(16).padStart(8, "0"); }).join("");
	}
	function value(name) { return form.elements[name] ? form.elements[name].value : ""; }
	function editors() { return window.CKEDITOR ? Object.values(CKEDITOR.instances) : []; }
	function snapshot() {
		var data = {};
		editors().forEach(function (editor) { if (editor.status === "ready") editor.updateElement(); });
		new FormData(form).forEach(function (typed, name) {
			/* Names with a hyphen are rows below the form and choices; but what a field began as is needed. */
			var own = name.indexOf("-") < 0 || name.indexOf("initial-") === 0;
			if (typeof typed === "string" && own && !SKIPPED.test(name)) data[name] = typed;
		});
		return JSON.stringify(data);
	}
	/* Whether something is typed that is not in the article, and whether it is kept nowhere yet. */
	function isDirty(now) { return now !== base; }
	function isLoose(now) { return now !== (kept === null ? base : kept); }

	/* --- What is said ------------------------------------------------------------------------- */
	function state(text) { var line = d.querySelector("[data-typing-state]"); if (line && line.textContent !== text) line.textContent = text; }
	function others(names, stale) {
		var place = box.querySelector("[data-typing-others]"), lines = names.concat(stale ? [t.staleText] : []);
		if (Array.from(place.children, function (p) { return p.textContent; }).join("\n") === lines.join("\n")) return;
		place.replaceChildren.apply(place, lines.map(function (text) {
			var p = d.createElement("p");
			p.textContent = text;
			return p;
		}));
		place.hidden = !lines.length;
	}

	/* --- This device -------------------------------------------------------------------------- */
	function keepHere(now) {
		var entry = { at: Date.now(), version: value("based_on"), took_over: value("took_over"), fields: JSON.parse(now) };
		try { localStorage.setItem(prefix + value("form_key"), JSON.stringify(entry)); return true; }
		catch (e) { return false; /* Full, or switched off. */ }
	}
	function forgetHere(name) { try { localStorage.removeItem(name || prefix + value("form_key")); } catch (e) { /* As above. */ } }
	function namesHere(start) {
		try { return Object.keys(localStorage).filter(function (name) { return name.indexOf(start) === 0; }); }
		catch (e) { return []; }
	}
	/* What was saved: the server said so by a cookie, which only a form that got through sets. */
	function forgetSaved() {
		d.cookie.split("; ").forEach(function (pair) {
			var name = pair.split("=")[0];
			if (name.indexOf(t.cookie) !== 0) return;
			var key = name.slice(t.cookie.length);
			namesHere(LOCAL + t.user + ".").forEach(function (entry) { if (entry.slice(-key.length) === key) forgetHere(entry); });
			d.cookie = name + "=; path=" + t.cookiePath + "; max-age=0";
		});
	}
	/* What this device kept when the server could not be reached is brought there, and offered. */
	function bringUp() {
		namesHere(prefix).forEach(function (name) {
			var key = name.slice(prefix.length), entry;
			if (key === value("form_key")) return;
			try { entry = JSON.parse(localStorage.getItem(name)); } catch (e) { entry = null; }
			if (!entry || !entry.fields) { forgetHere(name); return; }
			post({ form_key: key, version: entry.version, takes_over: entry.took_over, fields: entry.fields, from_device: true })
				.then(function (response) { return response.ok ? response.json() : null; })
				.then(function (answer) {
					if (!answer) return;
					forgetHere(name);
					offer(answer);
				}, function () { /* It stays here until the next time. */ });
		});
	}

	function offer(answer) {
		/* The server may have had it after all, and offer it already. */
		var same = box.querySelector('[data-offer="' + answer.number + '"]');
		if (same) same.remove();
		if (answer.offer) box.querySelector("[data-typing-offers]").insertAdjacentHTML("beforeend", answer.offer);
	}

	/* --- The server --------------------------------------------------------------------------- */
	function token() {
		var match = d.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
		return match ? match[1] : value("csrfmiddlewaretoken");
	}
	function post(message, leaves) {
		var body = JSON.stringify(Object.assign({ user: t.user, form_key: value("form_key"), version: value("based_on") }, message));
		return fetch(t.url, {
			method: "POST", body: body, credentials: "same-origin", redirect: "manual",
			keepalive: !!leaves && new Blob([body]).size < KEEPALIVE,
			headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
		});
	}
	function touch() {
		if (!started) return;
		if (!since) since = Date.now();
		if (!again) state(t.unsaved);
		clearTimeout(timer);
		timer = setTimeout(save, Math.max(0, Math.min(PAUSE, since + LONGEST - Date.now())));
	}
	function save() {
		if (saving || leaving || !started) return;
		clearTimeout(timer);
		clearTimeout(again);
		again = null;
		since = 0;
		var now = snapshot();
		if (!isLoose(now)) { if (!isDirty(now)) state(""); return; }
		send(now, isDirty(now) ? { fields: JSON.parse(now), takes_over: value("took_over"), dirty: true } : { drop: true, takes_over: value("took_over") });
	}
	function send(now, message, leaves) {
		if (message.fields) state(t.keeping);
		saving = post(message, leaves).then(function (response) {
			if (response.ok) return response.json().then(function (answer) { arrived(now, message, answer); });
			return refused(now, response);
		}).catch(function () { lost(now, t.offline); }).then(function () {
			saving = null;
			if (!again && !leaving && started && isLoose(snapshot())) touch();
		});
	}
	function arrived(now, message, answer) {
		kept = now;
		forgetHere();
		state(message.fields ? t.kept.replace("{time}", answer.at) : "");
		if (answer.others) others(answer.others, answer.stale);
	}
	function refused(now, response) {
		return response.json().catch(function () { return {}; }).then(function (answer) {
			/* A page that says "forbidden" is about the token: somebody signed in or out elsewhere. */
			if (response.status === 401 || (response.status === 403 && !answer.error)) lost(now, t.signedOut);
			else if (answer.error === "somebody_else") lost(now, t.somebodyElse);
			else if (response.status >= 500 || response.status === 429 || !response.status) lost(now, t.offline);
			else lost(now, response.status === 413 ? t.tooLarge : answer.message || t.offline);
		});
	}
	/* Kept here, and tried again. */
	function lost(now, text) {
		var here = keepHere(now);
		state(here || text === t.tooLarge ? text : t.nowhere);
		clearTimeout(again);
		again = setTimeout(save, AGAIN);
	}
	/* What changes fields without an event (a calendar, a picture's chooser) is found here, too. */
	function beat() {
		if (!started || leaving || saving) return;
		var now = snapshot();
		if (isLoose(now)) { if (!again) save(); return; }
		if (t.article === "new") return;
		post({ dirty: isDirty(now) }).then(function (response) { return response.ok ? response.json() : null; })
			.then(function (answer) { if (answer && answer.others) others(answer.others, answer.stale); }, function () { /* The next one may get through. */ });
	}

	/* --- Leaving ------------------------------------------------------------------------------ */
	function flush() {
		if (!started || leaving) return;
		var now = snapshot();
		if (!isLoose(now) || !isDirty(now)) return;
		keepHere(now);
		if (!saving) send(now, { fields: JSON.parse(now), takes_over: value("took_over"), dirty: true }, true);
	}
	function submitted(event) {
		if (event.defaultPrevented) return;
		form.elements.csrfmiddlewaretoken.value = token();
		if (event.submitter && event.submitter.formTarget === "_blank") return;
		if (saving) {
			/* What is on its way must not arrive after the form: it would be offered again. */
			event.preventDefault();
			Promise.race([saving, new Promise(function (done) { setTimeout(done, WAIT); })]).then(function () {
				saving = null;
				form.requestSubmit(event.submitter);
			});
			return;
		}
		clearTimeout(timer);
		clearTimeout(again);
		var now = snapshot();
		if (isDirty(now)) keepHere(now);
		leaving = true;
		/* Another script may hold the form back. */
		setTimeout(function () { if (event.defaultPrevented) { leaving = false; touch(); } });
	}

	/* --- Beginning ---------------------------------------------------------------------------- */
	function begin() {
		var now = snapshot();
		base = "dirty" in t || restoredByBrowser() ? "" : now;
		started = true;
		forgetSaved();
		bringUp();
		if (isDirty(now)) touch();
		beat();
		setInterval(beat, HEARTBEAT);
	}
	/* Some browsers put back what was typed when a page is loaded again. */
	function restoredByBrowser() {
		return Array.from(form.elements).some(function (field) {
			if (!field.name || SKIPPED.test(field.name) || field.type === "file") return false;
			if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
			if (field.type === "text" || field.type === "url" || field.type === "date") return field.value !== field.defaultValue;
			return false;
		});
	}
	function listen(editor) {
		editor.on("change", touch);
		function hear() { var area = editor.editable(); area.attachListener(area, "input", touch); }
		/* What input methods write comes without keys, and the editor does not call that a change. */
		editor.on("contentDom", hear);
		hear();
	}
	/* Each opened page is a form of its own, also one that was duplicated; one that was sent and
	   came back is still the same. */
	if (!("posted" in t)) form.elements.form_key.value = newKey();
	form.addEventListener("input", touch);
	form.addEventListener("change", touch);
	if (window.django && django.jQuery) django.jQuery(form).on("change", touch);
	form.addEventListener("submit", submitted);
	d.addEventListener("visibilitychange", function () { if (d.visibilityState === "hidden") flush(); });
	window.addEventListener("pagehide", function () {
		flush();
		if (started) post({ gone: true }, true).catch(function () { /* It counts as closed in a minute. */ });
	});
	window.addEventListener("pageshow", function (event) { if (event.persisted) { leaving = false; beat(); } });
	window.addEventListener("online", save);
	window.addEventListener("focus", function () { if (again) save(); });
	window.addEventListener("beforeunload", function (event) {
		if (!leaving && started && isLoose(snapshot())) { flush(); event.preventDefault(); }
	});
	var area = d.getElementById("id_body");
	if (!window.CKEDITOR || !area || !area.dataset.type) { begin(); return; }
	editors().forEach(function (editor) { if (editor.status === "ready") { listen(editor); begin(); } });
	CKEDITOR.on("instanceReady", function (event) { listen(event.editor); if (!started) begin(); });
})(document);
