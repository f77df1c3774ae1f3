// Leaving must not leave a step back: the page is replaced. Without this script the link still leads away.
(function () {
  var link = document.getElementById("exit"), last = 0;
  if (!link) return;
  function go(event) {
    if (event) event.preventDefault();
    document.documentElement.hidden = true;
    location.replace(link.href);
  }
  link.addEventListener("click", go);
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    if (event.timeStamp - last < 1000) go();
    last = event.timeStamp;
  });
})();
