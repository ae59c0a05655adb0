// IndexedDB as promises: the little of it that we use, in page and worker.

/** Open a database with these stores, making it the first time. */
export async function openDatabase(name: string, stores: string[]): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => stores.forEach((store) => opening.result.createObjectStore(store));
  const db = await request(opening);
  db.onversionchange = () => db.close(); // a sign-out in another tab may delete it
  return db;
}

export async function deleteDatabase(name: string): Promise<void> {
  await request(indexedDB.deleteDatabase(name));
}

/** The result of one request. */
export function request<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onerror = () => reject(asked.error ?? new Error('IndexedDB refused'));
    asked.onsuccess = () => resolve(asked.result);
  });
}

/** Until the transaction of this write is complete: only then is it kept. */
export function written(asked: IDBRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = asked.transaction!;
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB refused'));
  });
}
