/** The digest that a NuGet feed publishes of a package. Pure but for what it is given to read URLs with. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** An entry of a feed's service index. */
export interface Resource {
  '@type': string;
  '@id': string;
}

/** In base64. */
export interface Digest {
  algorithm: 'SHA512' | 'SHA256';
  value: string;
}

/** The newest hive first; all of them tell of the catalog. */
const REGISTRATIONS = ['RegistrationsBaseUrl/3.6.0', 'RegistrationsBaseUrl/3.4.0', 'RegistrationsBaseUrl'];

/** What stands below a resource. */
export const below = (resource: Resource, path: string) => resource['@id'].replace(/\/?$/, '/') + path;

/**
 * The digest in the feed's catalog, which the package's registration names (NuGet's server API: RegistrationsBaseUrl,
 * catalogEntry, packageHash); undefined where the feed has none. `json` reads a URL. Throws what it throws, unless that
 * has the status 404.
 */
export async function publishedDigest(
  resources: Resource[],
  name: string,
  version: string,
  json: (url: string) => Promise<unknown>,
): Promise<Digest | undefined> {
  const hive = REGISTRATIONS.map((type) => resources.find((resource) => resource['@type'] === type)).find(Boolean);
  if (!hive) return undefined;
  try {
    const { catalogEntry } = (await json(below(hive, `${name.toLowerCase()}/${version}.json`))) as {
      catalogEntry?: unknown;
    };
    const entry = (typeof catalogEntry === 'string' ? await json(catalogEntry) : catalogEntry) as
      | Partial<Entry>
      | undefined;
    const { packageHash: value, packageHashAlgorithm: algorithm = 'SHA512' } = entry ?? {};
    if (typeof value !== 'string' || (algorithm !== 'SHA512' && algorithm !== 'SHA256')) return undefined;
    return { algorithm, value };
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined;
    throw error;
  }
}
interface Entry {
  packageHash: unknown;
  packageHashAlgorithm: unknown;
}

/** Whether a file has a digest. */
export async function has(file: string, { algorithm, value }: Digest): Promise<boolean> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest('base64') === value;
}
