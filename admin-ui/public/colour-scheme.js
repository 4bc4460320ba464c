// Before the first paint: the chosen colour scheme, or the system's, so that nothing flashes.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('sealgate-colour-scheme');
  } catch {
    // Storage may be switched off; the system's scheme is used then.
  }
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const scheme = chosen === 'light' || chosen === 'dark' ? chosen : system;
  document.documentElement.setAttribute('data-mantine-color-scheme', scheme);
})();
