/* The writing page: saves while one writes, keeps in the browser what the server does not have yet,
   and never overwrites what another tab saved. Without this file the page works, too. */
(function (d) {
  'use strict';
  var PAUSE = 2500, LONGEST = 10000, AGAIN = 10000, LOCAL = 'tougao.draft.';
  var form, texts, key, editor = null, timer = null, again = null, firstChange = 0;
  var changed = false, saving = null, stopped = '', leaving = false;

  function one(selector) { return form.querySelector(selector); }
  function state(text) { var e = one('[data-state]'); if (e) e.textContent = text; }
  function clock(moment) { return moment.toTimeString().slice(0, 5); }
  function token() {
    var match = d.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    return match ? match[1] : form.elements.csrfmiddlewaretoken.value;
  }
  function show(name, isShown) { var e = one('[data-' + name + ']'); if (e) e.hidden = !isShown; }

  /* --- What is written ------------------------------------------------------------------- */
  function snapshot() {
    var data = {};
    if (editor) editor.updateElement();
    new FormData(form).forEach(function (value, name) {
      if (typeof value === 'string' && !/^(csrfmiddlewaretoken|riddle|do|agreed|terms|proof_token)$/.test(name)) data[name] = value;
    });
    return data;
  }
  function same(one, other) {
    var names = ['title', 'category', 'tag_line', 'body', 'origin', 'source_name', 'source_url', 'note'];
    return names.every(function (name) { return (one[name] || '') === (other[name] || ''); });
  }
  function keep(sent) {
    try { localStorage.setItem(key, JSON.stringify({ at: Date.now(), sent: !!sent, fields: snapshot() })); }
    catch (e) { /* Storage is full or off: the server's copy is then the only one. */ }
  }
  function kept() { try { return JSON.parse(localStorage.getItem(key)); } catch (e) { return null; } }
  function forget() { try { localStorage.removeItem(key); } catch (e) { /* As above. */ } }

  function touch() {
    changed = true;
    if (!firstChange) firstChange = Date.now();
    count();
    clearTimeout(timer);
    if (stopped) { keep(); return; }
    state(form.dataset.save ? texts.unsaved : texts.kept);
    timer = setTimeout(function () { keep(); save(); }, Math.max(0, Math.min(PAUSE, firstChange + LONGEST - Date.now())));
  }
  function count() {
    var title = form.elements.title, box = one('[data-counter=title]');
    box.textContent = Array.from(title.value).length + '/' + title.maxLength;
    var words = editor && editor.document ? editor.document.getBody().$.textContent : form.elements.body.value;
    one('[data-counter=body]').textContent = texts.count.replace('{n}', Array.from(words.replace(/\s+/g, '')).length);
  }

  /* --- Saving ----------------------------------------------------------------------------- */
  function save() {
    if (saving || stopped || !form.dataset.save) return saving || Promise.resolve();
    clearTimeout(timer);
    clearTimeout(again);
    changed = false;
    firstChange = 0;
    state(texts.saving);
    var data = new URLSearchParams(snapshot());
    saving = fetch(form.dataset.save, {
      method: 'POST', body: data, headers: { Accept: 'application/json', 'X-CSRFToken': token() }, credentials: 'same-origin',
    }).then(answered, lost).then(function (failed) { saving = null; if (changed && !failed && !leaving) touch(); });
    return saving;
  }
  /* These say true where nothing was saved: then a timer, or what is typed next, tries again. */
  function answered(response) {
    var type = response.headers.get('Content-Type') || '';
    return (type.indexOf('json') > 0 ? response.json() : Promise.resolve({})).then(function (answer) {
      if (response.ok) return saved(answer);
      changed = true;
      keep();
      if (response.status === 401 || response.status === 403) return signedOut();
      if (response.status === 409) return collided(answer);
      if (response.status === 429 || response.status >= 500) return lost();
      state(answer.message || texts.unsaved);
      return true;
    });
  }
  function saved(answer) {
    form.elements.version.value = answer.version;
    show('signed-out', false);
    state(texts.saved.replace('{time}', answer.at));
    suggest(answer.suggestions || []);
    if (!changed) forget();
  }
  function lost() {
    changed = true;
    keep();
    state(texts.offline);
    clearTimeout(again);
    again = setTimeout(save, AGAIN);
    return true;
  }
  function signedOut() {
    show('signed-out', true);
    state(texts.unsaved);
    clearTimeout(again);
    again = setTimeout(save, AGAIN);
    return true;
  }
  function collided(answer) {
    stopped = 'collision';
    one('[data-conflict] [data-message]').textContent = answer.message || '';
    show('conflict', true);
    one('[data-conflict]').scrollIntoView({ block: 'nearest' });
    state(texts.unsaved);
    return true;
  }

  /* --- What this browser kept --------------------------------------------------------------- */
  function offer() {
    var entry = kept(), now = snapshot();
    if (!entry || !entry.fields || one('[data-collision]')) return;
    /* It was sent and the page has moved on since: the server has it. */
    if (same(entry.fields, now) || (entry.sent && entry.fields.version !== now.version)) { forget(); return; }
    var text = one('[data-offer] [data-text]');
    text.textContent = text.dataset.text.replace('{time}', new Date(entry.at).toLocaleString());
    show('offer', true);
    one('[data-restore]').addEventListener('click', function () { restore(entry.fields); show('offer', false); });
    one('[data-discard]').addEventListener('click', function () { forget(); show('offer', false); });
  }
  function restore(fields) {
    Object.keys(fields).forEach(function (name) {
      var control = form.elements[name];
      if (!control || /^(version|body_format|cover_key)$/.test(name)) return;
      if (control instanceof RadioNodeList) control.value = fields[name];
      else if (control.type === 'checkbox') control.checked = true;
      else control.value = fields[name];
    });
    if (editor) editor.setData(fields.body || '');
    touch();
  }
  function copyText() {
    var words = editor ? editor.document.getBody().$.innerText : form.elements.body.value;
    var copied = navigator.clipboard ? navigator.clipboard.writeText(form.elements.title.value + '\n\n' + words) : Promise.reject();
    copied.then(function () { state(texts.copied); }, function () { state(texts.notCopied); });
  }

  /* --- Cover and tags ------------------------------------------------------------------------ */
  function uploadCover() {
    var input = form.elements.cover_upload, says = one('[data-cover-state]'), data = new FormData();
    if (!input.files.length) return;
    data.append('upload', input.files[0]);
    data.append('alt', form.elements.cover_alt.value);
    says.textContent = texts.uploading;
    fetch(form.dataset.picture, { method: 'POST', body: data, headers: { 'X-CSRFToken': token() } })
      .then(function (answer) { return answer.json(); })
      .then(function (answer) {
        if (!answer.uploaded) { says.textContent = answer.error.message; return; }
        var image = d.createElement('img');
        image.src = answer.url;
        image.alt = form.elements.cover_alt.value;
        image.className = 'cover';
        one('[data-cover]').replaceChildren(image);
        form.elements.cover_key.value = answer.key;
        if (form.elements.cover_remove) form.elements.cover_remove.checked = false;
        input.value = '';
        says.textContent = '';
        touch();
      })
      .catch(function () { says.textContent = texts.failed; });
  }
  function suggest(names) {
    var box = one('[data-suggestions]');
    box.hidden = !names.length;
    box.replaceChildren(box.dataset.say + ' ');
    names.forEach(function (name) {
      var button = d.createElement('button');
      button.type = 'button';
      button.className = 'btn';
      button.textContent = name;
      button.addEventListener('click', function () {
        var line = form.elements.tag_line;
        line.value = (line.value.trim() ? line.value.trim().replace(/[,，、;；]$/, '') + '、' : '') + name;
        button.remove();
        box.hidden = !box.querySelector('button');
        line.focus();
        touch();
      });
      box.append(button);
    });
  }

  /* --- Beginning ------------------------------------------------------------------------------ */
  function begin() {
    var area;
    form = d.querySelector('form[data-write]');
    if (!form) return;
    texts = form.dataset;
    key = LOCAL + form.dataset.write;
    area = form.elements.body;
    count();
    suggest(Array.from(d.querySelectorAll('[data-suggestions] span'), function (e) { return e.textContent; }));
    form.addEventListener('input', touch);
    form.elements.cover_upload.addEventListener('change', uploadCover);
    one('[data-copy-text]').addEventListener('click', copyText);
    one('[data-load]').addEventListener('click', function () { leaving = true; });
    form.addEventListener('submit', send);
    window.addEventListener('beforeunload', function (event) { if (changed && !leaving) event.preventDefault(); });
    /* The text area is hidden behind the editor. */
    d.addEventListener('click', function (event) {
      if (editor && event.target.closest('.errs a[href="#id_body"]')) { event.preventDefault(); editor.focus(); }
    });
    window.addEventListener('focus', function () { if (changed && !saving) save(); });
    window.addEventListener('online', function () { if (changed) save(); });
    if (window.CKEDITOR) {
      /* Before the editor begins: it takes the text as HTML, a page without it as plain text. */
      area.value = area.dataset.html;
      form.elements.body_format.value = 'html';
    }
    /* What was typed here did not get in and stands nowhere else. */
    if (one('[data-collision]')) keep();
    if (!window.CKEDITOR) { offer(); return; }
    CKEDITOR.on('instanceReady', function (event) {
      editor = event.editor;
      count();
      offer();
      editor.on('change', touch);
      editor.on('contentDom', listen);
      listen();
    });
  }
  /* What input methods write comes without keys, and the editor does not call that a change. */
  function listen() {
    var area = editor.editable();
    area.attachListener(area, 'input', touch);
  }
  function send(event) {
    if (event.defaultPrevented) return;
    if (saving) {
      /* What is on its way gives the draft a new version, which this must name. */
      event.preventDefault();
      saving.then(function () { form.requestSubmit(event.submitter); });
      return;
    }
    clearTimeout(timer);
    clearTimeout(again);
    leaving = true;
    form.elements.csrfmiddlewaretoken.value = token();
    keep(true);
  }
  d.addEventListener('DOMContentLoaded', begin);
})(document);
