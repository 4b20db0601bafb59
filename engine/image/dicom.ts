// DICOM CR/DX → grey picture. Reads the attributes that say how pixels are stored and shown, and no other: nothing about the patient is touched.
import { inflateRawSync } from 'node:zlib';
import dicomParser, { type DataSet } from 'dicom-parser';
import { CxrError } from '../error.ts';
import { luminance } from './colour.ts';
import { checkPixels, type DecodedImage, type DecodeLimits } from './decode.ts';
import { decodeFrame, type PixelFormat } from './dicom-frame.ts';
import { greyTable } from './dicom-window.ts';
import { animated, corrupt, truncated } from './structure.ts';

const DEFLATED = '1.2.840.10008.1.2.1.99';
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2';

/** Modality (0008,0060) values that are certainly no plain radiograph (PS3.3 C.7.3.1.1.1). */
const OTHER_MODALITIES: Record<string, string> = {
  CT: 'a CT slice',
  MR: 'an MR slice',
  US: 'an ultrasound image',
  PT: 'a PET image',
  NM: 'a nuclear medicine image',
  MG: 'a mammogram',
  XA: 'an angiogram',
  IO: 'a dental X-ray',
  PX: 'a dental X-ray',
  OP: 'an eye photograph',
  ES: 'an endoscopy image',
  SM: 'a microscopy image',
  ECG: 'an electrocardiogram',
};

function unsupported(what: string): CxrError {
  return new CxrError('image-unsupported', `This DICOM file ${what}.`);
}

function parse(bytes: Uint8Array, limits: DecodeLimits): DataSet {
  // Four bytes per pixel cover colour and 16 bit; a deflated file that grows beyond is a decompression bomb.
  const maxInflated = limits.maxPixels * 4 + limits.maxBytes;
  const hasPrefix = String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';
  const hasVr = /^[A-Z]{2}$/.test(String.fromCharCode(...bytes.subarray(4, 6)));
  try {
    return dicomParser.parseDicom(bytes, {
      ...(hasPrefix ? {} : { TransferSyntaxUID: hasVr ? EXPLICIT_LITTLE_ENDIAN : IMPLICIT_LITTLE_ENDIAN }),
      inflater: (all: Uint8Array, position: number) =>
        Buffer.concat([
          all.subarray(0, position),
          inflateRawSync(all.subarray(position), { maxOutputLength: maxInflated }),
        ]),
    });
  } catch (error) {
    // Odd bytes behind complete pixel data are harmless; incomplete pixel data is found out when it is read.
    const partial = partialDataSet(error);
    if (partial?.elements.x7fe00010) return partial;
    // The parser throws what it has read so far along with its message: attributes, so the cause goes no further.
    throw parserFailure(error);
  }
}

function partialDataSet(error: unknown): DataSet | null {
  return typeof error === 'object' && error !== null && 'dataSet' in error ? (error.dataSet as DataSet) : null;
}

function parserFailure(error: unknown): CxrError {
  const inner = typeof error === 'object' && error !== null && 'exception' in error ? error.exception : error;
  if (inner instanceof CxrError) return inner;
  const code = inner instanceof Error && 'code' in inner ? inner.code : undefined;
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    return new CxrError('image-too-many-pixels', 'This DICOM file unpacks to far more data than an image has.');
  }
  const text = inner instanceof Error ? inner.message : String(inner);
  const isCutShort = code === 'Z_BUF_ERROR' || /past|overrun|overread|greater than|not found|end of buffer/i.test(text);
  return isCutShort ? truncated('dicom') : corrupt('dicom');
}

/** Image Pixel module (PS3.3 C.7.6.3), refused where it does not describe one grey or colour picture. */
function pixelFormat(dataSet: DataSet): PixelFormat {
  const required = (tag: string): number => {
    const value = dataSet.uint16(tag);
    if (value === undefined) throw corrupt('dicom');
    return value;
  };
  const bitsAllocated = required('x00280100');
  const bitsStored = dataSet.uint16('x00280101') ?? bitsAllocated;
  const format: PixelFormat = {
    rows: required('x00280010'),
    columns: required('x00280011'),
    samplesPerPixel: dataSet.uint16('x00280002') ?? 1,
    photometric: (dataSet.string('x00280004') ?? 'MONOCHROME2').trim(),
    isPlanar: dataSet.uint16('x00280006') === 1,
    bitsAllocated,
    bitsStored,
    highBit: dataSet.uint16('x00280102') ?? bitsStored - 1,
    isSigned: dataSet.uint16('x00280103') === 1,
  };
  if (format.rows === 0 || format.columns === 0) throw corrupt('dicom');
  if (bitsAllocated !== 8 && bitsAllocated !== 16) {
    throw unsupported(`stores ${bitsAllocated} bits per pixel; films with 8 or 16 are read`);
  }
  if (
    bitsStored < 1 ||
    bitsStored > bitsAllocated ||
    format.highBit >= bitsAllocated ||
    format.highBit < bitsStored - 1
  ) {
    throw corrupt('dicom');
  }
  const isColour = format.samplesPerPixel === 3 && /^(RGB|YBR_)/.test(format.photometric) && bitsAllocated === 8;
  if (!isColour && (format.samplesPerPixel !== 1 || !format.photometric.startsWith('MONOCHROME'))) {
    throw unsupported('stores its colours in a way that films never do; please export it as CR or DX');
  }
  return format;
}

/** Decodes one DICOM file; throws as `decodeImage` does. */
export async function decodeDicom(bytes: Uint8Array, limits: DecodeLimits): Promise<DecodedImage> {
  const dataSet = parse(bytes, limits);
  // Encapsulated Document (0042,0011): PDF or CDA in a DICOM coat.
  if (dataSet.elements.x00420011) throw unsupported('holds a document (PDF or the like) and no film');
  const pixelData = dataSet.elements.x7fe00010;
  if (!pixelData) {
    throw dataSet.elements.x7fe00008 || dataSet.elements.x7fe00009
      ? unsupported('stores floating-point pixels; please export it as CR or DX')
      : unsupported('holds no image');
  }
  const frames = dataSet.intString('x00280008') ?? 1;
  if (frames > limits.maxFrames) throw animated(`${frames} frames (a loop or a series)`);
  const format = pixelFormat(dataSet);
  checkPixels(format.columns, format.rows, limits);
  const transferSyntax = (dataSet.string('x00020010') ?? EXPLICIT_LITTLE_ENDIAN).trim();
  const frame = await decodeFrame(
    dataSet,
    pixelData,
    format,
    transferSyntax === DEFLATED ? EXPLICIT_LITTLE_ENDIAN : transferSyntax,
  );
  const base = {
    kind: 'dicom' as const,
    width: format.columns,
    height: format.rows,
    otherModality: OTHER_MODALITIES[dataSet.string('x00080060')?.trim() ?? ''] ?? null,
  };
  if (format.samplesPerPixel === 3) return { ...base, ...luminance(frame, 3, 1), warnings: [] };
  const { table, warnings } = greyTable(dataSet, format, frame);
  const grey = new Float32Array(frame.length);
  for (let i = 0; i < frame.length; i++) grey[i] = table[frame[i] ?? 0] ?? 0;
  return { ...base, grey, colour: { chroma: 0, hueSpread: 0 }, warnings };
}
