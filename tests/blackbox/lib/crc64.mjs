// CRC-64/NVME, by which Azure Blob Storage says what it received: src/base/crc64.h has its parameters. Kept in
// halves of 32 bits, since arithmetic on BigInt is a hundred times slower.
const polynomial = { high: 0x9a6c9329, low: 0xac4bc9b5 }; // reflected

const table = { high: new Uint32Array(256), low: new Uint32Array(256) };
for (let byte = 0; byte < 256; byte += 1) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    const carry = low & 1;
    low = ((low >>> 1) | (high << 31)) >>> 0;
    high >>>= 1;
    if (carry) {
      high = (high ^ polynomial.high) >>> 0;
      low = (low ^ polynomial.low) >>> 0;
    }
  }
  table.high[byte] = high;
  table.low[byte] = low;
}

// As the header x-ms-content-crc64 has it: the base64 form of the bytes in little-endian order.
export function crc64(buffer) {
  let high = 0xffffffff;
  let low = 0xffffffff;
  for (const byte of buffer) {
    const index = (low ^ byte) & 255;
    low = ((low >>> 8) | (high << 24)) ^ table.low[index];
    high = (high >>> 8) ^ table.high[index];
  }
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(~low >>> 0, 0);
  bytes.writeUInt32LE(~high >>> 0, 4);
  return bytes.toString('base64');
}
