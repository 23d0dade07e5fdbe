/** What replayed commits taught: `python -m byteline_model.next_edit` writes the weights. */
import { NAMES } from './features.ts';
import trained from './weights.json' with { type: 'json' };

/** What is proposed by itself is right with this probability at least, unless a setting says otherwise. */
export const PRECISION = 0.8;

/** In the order of NAMES. */
export const WEIGHTS = NAMES.map((name) => (trained as Record<string, number>)[name] ?? 0);
