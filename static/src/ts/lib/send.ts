import { csrfToken } from "./csrf";

export interface Sent {
  status: number;
  html: string;
}

/** Send a form and tell how far the body has got, which fetch cannot; status 0 means no answer. */
export function sendWithProgress(
  url: string,
  data: FormData,
  onProgress: (percent: number) => void,
): Promise<Sent> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("X-Quire-Fragment", "1");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "text/html");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(Math.floor((event.loaded / event.total) * 100));
    });
    const done = (): void => {
      resolve({ status: request.status, html: request.responseText });
    };
    request.addEventListener("load", done);
    request.addEventListener("error", done);
    request.addEventListener("abort", done);
    request.send(data);
  });
}
