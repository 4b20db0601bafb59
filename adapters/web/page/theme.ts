// Runs before the first paint: dark, light, or as the system says, without a flash of the other.
const stored = localStorage.getItem('cxr-theme');
if (stored === 'dark' || stored === 'light') document.documentElement.dataset.theme = stored;
