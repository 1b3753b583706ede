import { csrfToken } from "./csrf";

export interface Sent {
  /** 0 where no answer came. */
  status: number;
  text: string;
  /** In seconds, where the server named a time. */
  retryAfter: number | null;
}

export interface Sending {
  answer: Promise<Sent>;
  abort: () => void;
}

/** A connection on which nothing moves for so long is taken for lost; a server that checks a large file says nothing for a while. */
const STALLED_MS = 60_000;
const CHECKING_MS = 180_000;

/** Send a form and tell how far the body has got, which fetch cannot. */
export function sendForm(
  url: string,
  data: FormData,
  onProgress: (percent: number) => void,
): Sending {
  const request = new XMLHttpRequest();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      request.abort();
    }, ms);
  };
  const answer = new Promise<Sent>((resolve) => {
    request.upload.addEventListener("progress", (event) => {
      const isSent = event.loaded >= event.total;
      wait(isSent ? CHECKING_MS : STALLED_MS);
      if (event.lengthComputable) onProgress(Math.floor((event.loaded / event.total) * 100));
    });
    request.addEventListener("loadend", () => {
      clearTimeout(timer);
      const after = Number(request.getResponseHeader("Retry-After"));
      const retryAfter = after > 0 ? after : null;
      resolve({ status: request.status, text: request.responseText, retryAfter });
    });
  });
  request.open("POST", url);
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.setRequestHeader("Accept", "application/json");
  wait(STALLED_MS);
  request.send(data);
  return {
    answer,
    abort: () => {
      request.abort();
    },
  };
}
