// What the phone keeps, one sealed database per person: drafts, the queue, and the plan to answer offline.
// Page and worker both use it. AES-GCM with a key that no script can read out; owner and name are authenticated,
// so a record copied to another person's database, or under another name, does not open.
import { deleteDatabase, openDatabase, request, written } from './idb.ts';

interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

const REGISTER = 'vigie';
const bytes = (text: string) => new TextEncoder().encode(text);

export class Vault {
  readonly owner: string;
  readonly #db: IDBDatabase;
  readonly #key: CryptoKey;

  private constructor(owner: string, db: IDBDatabase, key: CryptoKey) {
    this.owner = owner;
    this.#db = db;
    this.#key = key;
  }

  /** Open (or make) the database of one person. */
  static async open(owner: string): Promise<Vault> {
    const db = await openDatabase(nameOf(owner), ['key', 'sealed']);
    const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    const keys = db.transaction('key', 'readwrite').objectStore('key');
    const kept = await request<CryptoKey | undefined>(keys.get('aes'));
    if (!kept) await written(keys.put(fresh, 'aes')); // in one transaction: two tabs cannot make two keys
    return new Vault(owner, db, kept ?? fresh);
  }

  async put(name: string, value: unknown): Promise<void> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt(this.#how(iv, name), this.#key, bytes(JSON.stringify(value)));
    await written(this.#sealed('readwrite').put({ iv, data } satisfies Sealed, name));
  }

  /** What was put under this name; undefined if nothing was, or if it no longer opens. */
  async get<T>(name: string): Promise<T | undefined> {
    const sealed = await request<Sealed | undefined>(this.#sealed('readonly').get(name));
    if (!sealed) return undefined;
    try {
      const open = await crypto.subtle.decrypt(this.#how(sealed.iv, name), this.#key, sealed.data);
      return JSON.parse(new TextDecoder().decode(open)) as T;
    } catch {
      return undefined;
    }
  }

  async remove(name: string): Promise<void> {
    await written(this.#sealed('readwrite').delete(name));
  }

  /** Names that begin so, in order (the queue's names carry UUIDv7, hence by age). */
  async names(prefix: string): Promise<string[]> {
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    return (await request(this.#sealed('readonly').getAllKeys(range))).map(String);
  }

  /** Forget everything of this person on this phone. */
  async wipe(): Promise<void> {
    this.#db.close();
    await deleteDatabase(nameOf(this.owner));
  }

  close(): void {
    this.#db.close();
  }

  #sealed(mode: IDBTransactionMode): IDBObjectStore {
    // strict: a report that the screen calls "kept" is on the disk, not in a buffer
    return this.#db.transaction('sealed', mode, { durability: 'strict' }).objectStore('sealed');
  }

  #how(iv: Uint8Array<ArrayBuffer>, name: string): AesGcmParams {
    return { name: 'AES-GCM', iv, additionalData: bytes(`${this.owner}|${name}`) };
  }
}

function nameOf(owner: string): string {
  return `vigie-${owner}`;
}

// --- whose phone it is now: ids only, nothing about health -----------------------------------------------------------

interface Register {
  current: string | null;
  waiting: Record<string, number>; // owners with unsent reports, sealed until they sign in again
}

const NOBODY: Register = { current: null, waiting: {} };

async function readRegister(): Promise<Register> {
  return changeRegister(() => undefined);
}

async function changeRegister(change: (register: Register) => void): Promise<Register> {
  const db = await openDatabase(REGISTER, ['register']);
  const store = db.transaction('register', 'readwrite').objectStore('register');
  const kept = (await request<Register | undefined>(store.get('phone'))) ?? structuredClone(NOBODY);
  change(kept);
  await written(store.put(kept, 'phone'));
  db.close();
  return kept;
}

/** Who is signed in on this phone, as far as the phone knows without network. */
export async function currentOwner(): Promise<string | null> {
  return (await readRegister()).current;
}

export async function setCurrentOwner(owner: string | null): Promise<void> {
  await changeRegister((register) => (register.current = owner));
}

/** Remember how many reports of this person still wait, so that the sign-in screen can say so. */
export async function noteWaiting(owner: string, count: number): Promise<void> {
  await changeRegister((register) => {
    if (count > 0) register.waiting[owner] = count;
    else delete register.waiting[owner];
  });
}

/** Reports of other people that wait on this phone, sealed. */
export async function waitingOfOthers(me: string | null): Promise<number> {
  const { waiting } = await readRegister();
  return Object.entries(waiting).reduce((sum, [owner, count]) => sum + (owner === me ? 0 : count), 0);
}
