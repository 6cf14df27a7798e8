/** Draws the pages of a PDF with PDF.js. A module of its own, because its parser must know much younger syntax than ours. */
import * as pdfjs from '../../vendor/pdfjs/pdf.min.mjs';

pdfjs.GlobalWorkerOptions.workerSrc = new URL('../../vendor/pdfjs/pdf.worker.min.mjs', import.meta.url).href;

window.openPdf = data => pdfjs.getDocument({ data: data, isEvalSupported: false, enableXfa: false }).promise;
