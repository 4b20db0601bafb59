// A refused film seen in other ways: on its side, upside down, black and white exchanged; so that the person can be told what to mend.

interface Film {
  width: number;
  height: number;
  grey: Float32Array;
}

export interface OtherView {
  /** What to say when this view is a chest radiograph and the picture as sent is not. */
  advice: string;
  view(film: Film): Film;
}

/** Clockwise by a quarter. */
function quarterTurn({ width, height, grey }: Film): Film {
  const turned = new Float32Array(grey.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) turned[x * height + (height - 1 - y)] = grey[y * width + x] ?? 0;
  }
  return { width: height, height: width, grey: turned };
}

export const OTHER_VIEWS: readonly OtherView[] = [
  {
    advice: 'The film seems to be upside down; please turn it and send it again.',
    view: ({ width, height, grey }) => ({ width, height, grey: new Float32Array(grey).reverse() }),
  },
  { advice: 'The film seems to lie on its side; please turn it upright and send it again.', view: quarterTurn },
  {
    advice: 'The film seems to lie on its side; please turn it upright and send it again.',
    view: (film) => quarterTurn(quarterTurn(quarterTurn(film))),
  },
  {
    advice: 'Black and white seem to be exchanged; please invert the film, so that bones are white, and send it again.',
    view: ({ width, height, grey }) => ({ width, height, grey: grey.map((value) => 255 - value) }),
  },
];
