// The page's own line icons, 24 × 24, drawn in the colour of the text around them.

const paths = {
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4.5 4.5',
  attach: 'M20 11.5 12.3 19a5 5 0 0 1-7-7l8-7.8a3.3 3.3 0 0 1 4.7 4.6L10 16.6a1.7 1.7 0 0 1-2.3-2.4l7-6.8',
  send: 'M12 19V5M6 11l6-6 6 6',
  stop: 'M7 7h10v10H7z',
  contrast: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 3v18M12 7h4.5M12 11h6M12 15h5',
  pan: 'M12 3v18M3 12h18M12 3 9.5 5.5M12 3l2.5 2.5M12 21l-2.5-2.5M12 21l2.5-2.5M3 12l2.5-2.5M3 12l2.5 2.5M21 12l-2.5-2.5M21 12l-2.5 2.5',
  fit: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  invert: 'M4 4h16v16H4zM4 20 20 4M7 9h4M14 15h4M16 13v4',
  overlay: 'M12 4 3 9l9 5 9-5zM3 14l9 5 9-5',
  compare: 'M4 5h7v14H4zM13 5h7v14h-7z',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6 6 18',
  film: 'M5 3h14v18H5zM12 6v12M9 8c-2 1-2 6-1.500 8M15 8c2 1 2 6 1.500 8M8 19h8',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M5 20c.6-4 3.400-6 7-6s6.400 2 7 6',
  theme: 'M20 14.500A8 8 0 0 1 9.500 4a8 8 0 1 0 10.500 10.500',
  lock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3',
  help: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.400-1 .8-1 1.700M12 16.500v.500',
  edit: 'M5 19l1-4L16 5l3 3L9 18zM14 7l3 3',
  reset: 'M5 5v5h5M5.500 10a7.500 7.500 0 1 1-1 5',
} as const;

export type IconName = keyof typeof paths;

const svgNamespace = 'http://www.w3.org/2000/svg';

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  const path = document.createElementNS(svgNamespace, 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}
