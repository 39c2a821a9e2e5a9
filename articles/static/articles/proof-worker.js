/* Finds the number whose hash with the salt is the one that the site has asked for. */
onmessage = async function (event) {
  'use strict';
  var riddle = event.data, coder = new TextEncoder();
  for (var number = 0; number <= riddle.max_number; number += 1) {
    var hash = new Uint8Array(await crypto.subtle.digest('SHA-256', coder.encode(riddle.salt + number)));
    var hex = Array.from(hash, function (byte) { return byte.toString(16).padStart(2, '0'); }).join('');
    if (hex === riddle.challenge) { postMessage(number); return; }
  }
  postMessage(-1);
};
