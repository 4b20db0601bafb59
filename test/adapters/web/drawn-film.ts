// A film for tests, drawn on the spot: two dark lungs on a grey chest. Nothing of a patient.
import sharp from 'sharp';

export async function drawnFilm(format: 'png' | 'jpeg' = 'png', side = 512): Promise<Uint8Array> {
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512" width="${side}" height="${side}">
<rect width="512" height="512" fill="#202020"/><ellipse cx="256" cy="290" rx="220" ry="230" fill="#9a9a9a"/>
<ellipse cx="165" cy="270" rx="78" ry="150" fill="#303030"/><ellipse cx="347" cy="270" rx="78" ry="150" fill="#303030"/>
<rect x="240" y="60" width="32" height="400" fill="#c8c8c8"/><ellipse cx="286" cy="340" rx="78" ry="72" fill="#c0c0c0"/></svg>`;
  const image = sharp(Buffer.from(drawing)).greyscale();
  return new Uint8Array(await (format === 'png' ? image.png() : image.jpeg()).toBuffer());
}
