// Before the first paint, so that no page is first shown in the other theme. A script of its own: the policy allows no inline one.
try {
  const theme = localStorage.getItem('chatelaine.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is shut off: the system's theme holds.
}
