/* Suggestions while typing: a combobox with a list (WAI-ARIA 1.2). Without it the form works. */
(function (d) {
  'use strict';
  var PAUSE = 150;

  function element(name, attributes, text) {
    var made = d.createElement(name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text) made.textContent = text;
    return made;
  }

  /* From one option to the next; between the last and the first stands the field itself, -1. */
  function turn(from, step, count) {
    var places = count + 1;
    return (from + 1 + step + places) % places - 1;
  }

  function attach(form, number) {
    var input = form.querySelector('input[type=search]');
    var list = element('ul', { role: 'listbox', id: 'found' + number, class: 'suggested', hidden: '' });
    var label = form.querySelector('label');
    var chosen = -1, asked = '', timer, request;
    list.setAttribute('aria-label', label ? label.textContent : '');
    form.append(list);
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-expanded', 'false');
    input.setAttribute('aria-controls', list.id);

    function close() {
      list.hidden = true;
      choose(-1);
      input.setAttribute('aria-expanded', 'false');
    }
    function choose(place) {
      chosen = place;
      Array.prototype.forEach.call(list.children, function (option, i) {
        option.setAttribute('aria-selected', i === place);
        if (i === place) option.scrollIntoView({ block: 'nearest' });
      });
      if (place < 0) input.removeAttribute('aria-activedescendant');
      else input.setAttribute('aria-activedescendant', list.children[place].id);
    }
    function show(suggestions) {
      list.replaceChildren.apply(list, suggestions.map(function (one, i) {
        var option = element('li', { role: 'option', id: list.id + '-' + i, 'aria-selected': 'false' }, one.text);
        option.append(element('small', {}, one.kind));
        option.dataset.url = one.url;
        return option;
      }));
      chosen = -1;
      input.removeAttribute('aria-activedescendant');
      list.hidden = !suggestions.length || d.activeElement !== input;
      input.setAttribute('aria-expanded', String(!list.hidden));
    }
    function ask() {
      var text = input.value.trim();
      if (text === asked) { if (list.children.length && text) reopen(); return; }
      asked = text;
      if (request) request.abort();
      if (!text) { show([]); return; }
      request = new AbortController();
      fetch(form.dataset.suggest + '?q=' + encodeURIComponent(text.slice(0, 100)), { signal: request.signal })
        .then(function (answer) { if (!answer.ok) throw answer; return answer.json(); })
        .then(function (answer) { show(answer.suggestions); })
        .catch(function () { /* Nothing is suggested; the search itself works. */ });
    }
    function reopen() {
      list.hidden = false;
      input.setAttribute('aria-expanded', 'true');
    }
    function open(option) { location.assign(option.dataset.url); }

    input.addEventListener('input', function (event) {
      if (event.isComposing) return;
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
    input.addEventListener('compositionend', function () {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
    input.addEventListener('keydown', function (event) {
      var count = list.children.length;
      if (event.isComposing) return;
      if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && count) {
        event.preventDefault();
        if (list.hidden) reopen();
        choose(turn(chosen, event.key === 'ArrowDown' ? 1 : -1, count));
      } else if (event.key === 'Enter' && chosen >= 0 && !list.hidden) {
        event.preventDefault();
        open(list.children[chosen]);
      } else if (event.key === 'Escape' && !list.hidden) {
        event.preventDefault();
        close();
      }
    });
    list.addEventListener('pointerdown', function (event) { event.preventDefault(); });
    list.addEventListener('click', function (event) {
      var option = event.target.closest('[role=option]');
      if (option) open(option);
    });
    input.addEventListener('blur', close);
  }

  d.querySelectorAll('form[data-suggest]').forEach(attach);
})(document);
