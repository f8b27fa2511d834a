// Files of chats: sent by a request that tells how far it is, which fetch can't.
import { ApiError, csrfToken, failureOf, lostSession } from "./client";
import type { UploadedFile } from "./generated/types";

export interface Upload {
  /** The id of the stored file. */
  done: Promise<string>;
  cancel: () => void;
}

export function fileAddress(fileId: string): string {
  return `/api/v2/chats/files/${fileId}`;
}

/** A name in the form that headers take (RFC 8187). */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `onProgress` gets the share that has been sent, 0 to 1. */
export function upload(
  blob: Blob,
  name: string,
  mediaType: string,
  onProgress: (share: number) => void,
): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<string>((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onerror = () => reject(new ApiError(0, {}));
    request.onabort = () => reject(new ApiError(0, { message: "Cancelled." }));
    request.onload = () => {
      if (request.status === 201) {
        resolve((JSON.parse(request.responseText) as UploadedFile).id);
        return;
      }
      if (request.status === 401) lostSession();
      reject(
        failureOf(request.status, request.responseText, request.getResponseHeader("retry-after")),
      );
    };
  });
  request.open("POST", "/api/v2/chats/files");
  request.setRequestHeader("Content-Type", mediaType);
  request.setRequestHeader("Content-Disposition", `attachment; filename*=UTF-8''${encoded(name)}`);
  request.setRequestHeader("X-CSRF-TOKEN", csrfToken());
  request.send(blob);
  return { done, cancel: () => request.abort() };
}

/** The words of a stored text. */
export async function fileText(fileId: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(fileAddress(fileId));
  } catch {
    throw new ApiError(0, {});
  }
  if (response.status === 401) lostSession();
  if (!response.ok) throw failureOf(response.status, await response.text(), null);
  return response.text();
}
