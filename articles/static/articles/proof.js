/* Solves the riddles of hidden fields (submissions.proof) while people type. Where it cannot be
   done (no secure address, no workers) the form goes without. */
(function (d) {
  'use strict';
  function solve(field) {
    var riddle = JSON.parse(field.dataset.proof), form = field.form, pressed = null, done = false;
    var worker = new Worker(field.dataset.worker);
    function end(number) {
      if (done) return;
      done = true;
      worker.terminate();
      if (number >= 0) {
        field.value = btoa(JSON.stringify({
          algorithm: riddle.algorithm, challenge: riddle.challenge, number: number,
          salt: riddle.salt, signature: riddle.signature
        }));
      }
      if (pressed) form.requestSubmit(pressed.submitter);
    }
    worker.onmessage = function (event) { end(event.data); };
    worker.onerror = function () { end(-1); };
    /* Whoever is quicker than the browser waits for it, and is told why. */
    form.addEventListener('submit', function (event) {
      if (done) return;
      event.preventDefault();
      pressed = event;
      form.querySelectorAll('[data-proof-says]').forEach(function (e) { e.textContent = field.dataset.wait; });
    });
    worker.postMessage(riddle);
  }
  d.addEventListener('DOMContentLoaded', function () {
    if (!window.Worker || !window.crypto || !crypto.subtle) return;
    d.querySelectorAll('[data-proof]').forEach(solve);
  });
})(document);
