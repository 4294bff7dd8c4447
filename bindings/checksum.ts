/** CRC-32 (IEEE 802.3) as eight hexadecimal digits: guards model files against accidents, not against forgery. */

const POLYNOMIAL = 0xedb88320;

export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}

export function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
