import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "happy-dom",
    include: ["static/src/ts/**/*.test.ts"],
    pool: "vmThreads",
    restoreMocks: true,
    unstubGlobals: true,
  },
});
