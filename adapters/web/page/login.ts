// Says on the login page why the last try did not work.
const reason = document.getElementById('reason');
if (reason) {
  if (location.search === '?wrong') reason.textContent = 'This access token is not the right one.';
  if (location.search === '?wait') reason.textContent = 'Too many tries; please wait a minute.';
}

document.getElementById('token')?.focus();

export {};
