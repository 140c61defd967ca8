import { defineConfig } from "vitest/config";

// The names are fixed, because services.yaml mounts each file by name.
const output = {
  entryFileNames: "assets/[name].js",
  assetFileNames: "assets/[name].[ext]",
};

export default defineConfig({
  build: {
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { app: "index.html" }, output },
  },
  // `npm run dev` against a gateway that `kubectl port-forward` brings to this machine.
  server: { host: "127.0.0.1", proxy: { "/api": "http://127.0.0.1:8080" } },
  test: { include: ["src/**/*.test.ts"] },
});
