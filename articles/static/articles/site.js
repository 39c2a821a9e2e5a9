/* Progressive enhancement: without this file every page works. */
(function (d, r) {
  'use strict';
  var dark = matchMedia('(prefers-color-scheme: dark)');
  function each(s, f) { d.querySelectorAll(s).forEach(f); }
  function isDark() { return r.dataset.theme ? r.dataset.theme === 'dark' : dark.matches; }
  function sync() { each('[data-theme-toggle]', function (e) { e.setAttribute('aria-pressed', isDark()); }); }
  function say(text) { each('[data-say]', function (e) { e.textContent = text; }); }
  r.classList.add('js');
  try { if (localStorage.theme) r.dataset.theme = localStorage.theme; } catch (e) { /* Storage is off: the theme follows the system. */ }

  /* The address of the page, or what the button names. */
  function copyAddress(button) {
    var copied = navigator.clipboard ? navigator.clipboard.writeText(button.value || location.href) : Promise.reject();
    copied.then(function () { say(button.dataset.copy); }, function () { say(button.dataset.copyFailed); });
  }
  d.addEventListener('click', function (event) {
    var button = event.target.closest('[data-theme-toggle],[data-copy],[data-share]');
    if (!button) return;
    if ('themeToggle' in button.dataset) {
      r.dataset.theme = isDark() ? 'light' : 'dark';
      try { localStorage.theme = r.dataset.theme; } catch (e) { /* As above. */ }
      sync();
    } else if ('share' in button.dataset) {
      navigator.share({ title: d.title, url: location.href }).catch(function () {});
    } else {
      copyAddress(button);
    }
  });
  d.addEventListener('submit', function (event) {
    var form = event.target;
    if (!('like' in form.dataset)) return;
    event.preventDefault();
    fetch(form.action, { method: 'POST', headers: { Accept: 'application/json' } })
      .then(function (answer) { if (!answer.ok) throw answer; return answer.json(); })
      .then(function (answer) { form.querySelector('output').textContent = answer.count; })
      .catch(function () { form.submit(); });
  });
  /* What is left of a term, by the server's clock: one that is wrong here does not matter. */
  function countDown(e) {
    var ahead = Date.now() - new Date(e.dataset.now);
    function show() {
      var left = Math.floor((new Date(e.dataset.until) - Date.now() + ahead) / 6e4);
      if (left < 0) return;
      e.textContent = (left < 1440 ? e.dataset.hours : e.dataset.days).replace('{d}', Math.floor(left / 1440))
        .replace('{h}', Math.floor(left % 1440 / 60)).replace('{m}', left % 60);
    }
    setInterval(show, 30000);
  }
  d.addEventListener('DOMContentLoaded', function () {
    sync();
    each('[data-until]', countDown);
    dark.addEventListener('change', sync);
    each('[data-focus]', function (e) { e.focus(); });
    if (!navigator.share) each('[data-share]', function (e) { e.hidden = true; });
    if (matchMedia('(width < 58rem)').matches) each('.toc', function (e) { if (e.querySelectorAll('li').length > 8) e.open = false; });
    each('[data-read]', function (e) {
      /* A read is somebody who stays for three seconds with the page in view. */
      setTimeout(function () { if (!d.hidden) fetch(e.dataset.read, { method: 'POST', keepalive: true }).catch(function () {}); }, 3000);
    });
  });
})(document, document.documentElement);
