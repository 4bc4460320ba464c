/**
 * What a browser with JavaScript adds to the reply page: limits told before anything is sent, progress, another try when
 * the line breaks, and what was typed stays in this window's storage until it is sent. Without it the form works as well.
 */
const KEPT = 'sealgate-reply';

const form = document.getElementById('reply');
const language = document.querySelector('.language select');
if (language) {
  language.form.querySelector('button').hidden = true;
  language.addEventListener('change', () => language.form.submit());
}
if (form) assist(form);
else if (location.pathname.endsWith('/sent')) sessionStorage.removeItem(KEPT);

function assist(form) {
  const { sending, failed, again, ended, large, many, bytesMax, filesMax } = form.dataset;
  const message = form.elements.namedItem('message');
  const files = form.elements.namedItem('file');
  const button = form.querySelector('button[type=submit]');
  const progress = document.getElementById('progress');
  const state = document.getElementById('state');

  for (const hint of document.querySelectorAll('.script-only')) hint.hidden = false;
  if (message.value === '') message.value = sessionStorage.getItem(KEPT) ?? '';
  message.addEventListener('input', () => sessionStorage.setItem(KEPT, message.value));

  function problem() {
    const bytes = [...files.files].reduce((sum, file) => sum + file.size, 0);
    if (files.files.length > Number(filesMax)) return many;
    return bytes > Number(bytesMax) ? large : '';
  }

  /** All that was written and chosen stays where it is, for another try. */
  function broken(why) {
    button.disabled = false;
    button.textContent = again;
    progress.hidden = true;
    state.textContent = why;
  }

  files.addEventListener('change', () => {
    state.textContent = problem();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    state.textContent = problem();
    if (state.textContent !== '') return;
    const request = new XMLHttpRequest();
    request.open('POST', form.action);
    button.disabled = true;
    progress.hidden = false;
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      progress.value = total > 0 ? Math.floor((100 * loaded) / total) : 0;
      state.textContent = sending.replace('{percent}', String(progress.value));
    });
    for (const end of ['error', 'timeout', 'abort']) request.addEventListener(end, () => broken(failed));
    request.addEventListener('load', () => {
      if (request.status === 401) return broken(ended);
      if (request.status >= 500) return broken(failed);
      if (request.responseURL.endsWith('/sent')) return location.assign(request.responseURL);
      const answer = new DOMParser().parseFromString(request.responseText, 'text/html');
      document.documentElement.replaceWith(answer.documentElement);
      const next = document.getElementById('reply');
      if (next) assist(next);
    });
    request.send(new FormData(form));
  });
}
