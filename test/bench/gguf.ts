/**
 * A model file for llama.cpp in the shape of Qwen2.5-Coder-0.5B with random weights: speed alone is measured. Format:
 * GGUF 3.
 */
import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';

const [WIDTH, LAYERS, HIDDEN, HEADS, KV_HEADS, VOCABULARY] = [896, 24, 4864, 14, 2, 151_936];
/** Number of the type, values and bytes of a block, and where its 16-bit scales stand. */
const TYPES = {
  F32: { id: 0, values: 1, bytes: 4, scales: [] },
  Q5_0: { id: 6, values: 32, bytes: 22, scales: [0] },
  Q8_0: { id: 8, values: 32, bytes: 34, scales: [0] },
  Q4_K: { id: 12, values: 256, bytes: 144, scales: [0, 2] },
  Q6_K: { id: 14, values: 256, bytes: 210, scales: [208] },
};
type Type = keyof typeof TYPES;
const SMALL = 0x1400; // 2^-10 in 16 bits

/**
 * Writes `path`. Q4_K_M is llama.cpp's own mixture: rows that no block of 256 divides take Q5_0 for Q4_K, and Q8_0 for
 * Q6_K.
 */
export function writeRandomQwen(path: string, quantisation: 'Q8_0' | 'Q4_K_M'): void {
  const typeOf = (columns: number, better: boolean): Type =>
    quantisation === 'Q8_0' ? 'Q8_0' : columns % 256 ? (better ? 'Q8_0' : 'Q5_0') : better ? 'Q6_K' : 'Q4_K';
  const tensors: { name: string; shape: number[]; type: Type }[] = [
    { name: 'token_embd.weight', shape: [WIDTH, VOCABULARY], type: typeOf(WIDTH, true) },
    { name: 'output_norm.weight', shape: [WIDTH], type: 'F32' },
  ];
  const kv = (WIDTH / HEADS) * KV_HEADS;
  for (let i = 0; i < LAYERS; i++) {
    const better = i < LAYERS / 8 || i >= (7 * LAYERS) / 8 || (i - Math.floor(LAYERS / 8)) % 3 === 2;
    const matrix = (name: string, columns: number, rows: number, high = false) =>
      tensors.push({ name: `blk.${i}.${name}.weight`, shape: [columns, rows], type: typeOf(columns, high) });
    const vector = (name: string, n: number) => tensors.push({ name: `blk.${i}.${name}`, shape: [n], type: 'F32' });
    vector('attn_norm.weight', WIDTH);
    for (const [name, rows, high] of [
      ['attn_q', WIDTH, false],
      ['attn_k', kv, false],
      ['attn_v', kv, better],
    ] as const) {
      matrix(name, WIDTH, rows, high);
      vector(`${name}.bias`, rows);
    }
    matrix('attn_output', WIDTH, WIDTH);
    vector('ffn_norm.weight', WIDTH);
    matrix('ffn_gate', WIDTH, HIDDEN);
    matrix('ffn_up', WIDTH, HIDDEN);
    matrix('ffn_down', HIDDEN, WIDTH, better);
  }
  const sizeOf = ({ shape, type }: (typeof tensors)[number]) =>
    (shape.reduce((a, b) => a * b) / TYPES[type].values) * TYPES[type].bytes;

  const parts: Buffer[] = [];
  const u32 = (n: number) => {
    const b = Buffer.alloc(4);
    b.writeUInt32LE(n);
    parts.push(b);
  };
  const u64 = (n: number) => {
    const b = Buffer.alloc(8);
    b.writeBigUInt64LE(BigInt(n));
    parts.push(b);
  };
  const f32 = (x: number) => {
    const b = Buffer.alloc(4);
    b.writeFloatLE(x);
    parts.push(b);
  };
  const string = (s: string) => {
    u64(Buffer.byteLength(s));
    parts.push(Buffer.from(s));
  };
  let pairs = 0;
  const pair = (key: string, type: number, value: () => void) => {
    pairs++;
    string(key);
    u32(type);
    value();
  };
  const number = (key: string, n: number) => pair(key, 4, () => u32(n));
  const text = (key: string, s: string) => pair(key, 8, () => string(s));
  const array = (key: string, type: number, n: number, each: (i: number) => void) =>
    pair(key, 9, () => {
      u32(type);
      u64(n);
      for (let i = 0; i < n; i++) each(i);
    });
  text('general.architecture', 'qwen2');
  text('general.name', `random, in the shape of Qwen2.5-Coder-0.5B, ${quantisation}`);
  number('general.file_type', quantisation === 'Q8_0' ? 7 : 15);
  number('qwen2.block_count', LAYERS);
  number('qwen2.context_length', 32_768);
  number('qwen2.embedding_length', WIDTH);
  number('qwen2.feed_forward_length', HIDDEN);
  number('qwen2.attention.head_count', HEADS);
  number('qwen2.attention.head_count_kv', KV_HEADS);
  pair('qwen2.rope.freq_base', 6, () => f32(1e6));
  pair('qwen2.attention.layer_norm_rms_epsilon', 6, () => f32(1e-6));
  text('tokenizer.ggml.model', 'gpt2');
  text('tokenizer.ggml.pre', 'qwen2');
  // byte-level BPE names bytes by printable characters; the other tokens are names without meaning
  array('tokenizer.ggml.tokens', 8, VOCABULARY, (i) =>
    string(i < 256 ? String.fromCodePoint(i < 33 ? 256 + i : i) : `t${i}`),
  );
  array('tokenizer.ggml.token_type', 5, VOCABULARY, () => u32(1));
  array('tokenizer.ggml.merges', 8, 1, () => string('a b'));
  number('tokenizer.ggml.bos_token_id', VOCABULARY - 2);
  number('tokenizer.ggml.eos_token_id', VOCABULARY - 1);
  const metadata = parts.splice(0);
  let offset = 0;
  for (const t of tensors) {
    string(t.name);
    u32(t.shape.length);
    for (const n of t.shape) u64(n);
    u32(TYPES[t.type].id);
    u64(offset);
    offset += Math.ceil(sizeOf(t) / 32) * 32;
  }
  const infos = parts.splice(0);
  parts.push(Buffer.from('GGUF'));
  u32(3);
  u64(tensors.length);
  u64(pairs);
  const head = Buffer.concat([...parts, ...metadata, ...infos]);
  const file = openSync(path, 'w');
  try {
    writeSync(file, Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32)]));
    for (const t of tensors) {
      const data = Buffer.alloc(Math.ceil(sizeOf(t) / 32) * 32);
      const { bytes, scales } = TYPES[t.type];
      if (t.type === 'F32')
        new Float32Array(data.buffer, data.byteOffset, data.length / 4).fill(t.name.endsWith('.bias') ? 0 : 1);
      else {
        for (let at = 0; at < data.length; at += 1 << 24) randomFillSync(data, at, Math.min(1 << 24, data.length - at));
        for (let at = 0; at + bytes <= data.length; at += bytes)
          for (const scale of scales) data.writeUInt16LE(SMALL, at + scale);
      }
      writeSync(file, data);
    }
  } finally {
    closeSync(file);
  }
}
