import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["**/.turbo/**"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  { rules: { "no-console": "off", "prefer-template": "warn" } },
);
