/** The charts of the page as one picture, and how anything is saved. */

const [COLUMNS, MARGIN, CAPTION, LEGEND] = [2, 24, 32, 40];

/** A PNG of panels in two columns with their captions, and the legend of the methods below. */
export function composePicture(panels, methods) {
  const scale = devicePixelRatio;
  const width = Math.max(...panels.map(({ canvas }) => canvas.width));
  const height = Math.max(...panels.map(({ canvas }) => canvas.height));
  const [margin, caption, legend] = [MARGIN, CAPTION, LEGEND].map((length) => length * scale);
  const picture = document.createElement("canvas");
  const rows = Math.ceil(panels.length / COLUMNS);
  picture.width = COLUMNS * (width + margin) + margin;
  picture.height = rows * (height + caption + margin) + margin + legend;
  const context = picture.getContext("2d");
  const { backgroundColor, color } = getComputedStyle(document.body);
  context.fillStyle = backgroundColor;
  context.fillRect(0, 0, picture.width, picture.height);
  context.font = `${14 * scale}px sans-serif`;
  context.fillStyle = color;
  panels.forEach(({ caption: text, canvas }, i) => {
    const x = margin + (i % COLUMNS) * (width + margin);
    const y = margin + Math.floor(i / COLUMNS) * (height + caption + margin);
    context.fillText(text, x, y + caption / 2);
    context.drawImage(canvas, x, y + caption);
  });
  let x = margin;
  const y = picture.height - legend / 2;
  for (const { name, color: stroke, dash } of methods) {
    context.strokeStyle = stroke;
    context.lineWidth = 2 * scale;
    context.setLineDash(dash.map((length) => length * scale));
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + 40 * scale, y);
    context.stroke();
    context.fillText(name, x + 48 * scale, y + 5 * scale);
    x += 72 * scale + context.measureText(name).width;
  }
  return new Promise((resolve) => picture.toBlob(resolve, "image/png"));
}

export function download(name, blob) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(blob);
  link.click();
  URL.revokeObjectURL(link.href);
}
