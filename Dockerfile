# The bot in a container (CPU). Not verified: no Docker where this was written; the steps are those of a plain installation.
FROM node:20-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts && npm rebuild sqlite3
COPY . .
RUN npm run -s build && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# OpenMP is what llama.cpp's and ONNX Runtime's CPU builds load at run time.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 tini && rm -rf /var/lib/apt/lists/* \
  && mkdir /state && chown node:node /state
COPY --from=build --chown=node:node /app/package.json ./
COPY --from=build --chown=node:node /app/node_modules ./node_modules
COPY --from=build --chown=node:node /app/dist ./dist
COPY --from=build --chown=node:node /app/models ./models
USER node
# --env-file and -e win over these.
ENV STATE_URL=sqlite:///state/bot.sqlite OPS_HOST=0.0.0.0 OPS_PORT=9464
VOLUME /state
EXPOSE 9464
# tini hands SIGTERM on, so that running turns may finish (STOP_LIMIT_SECONDS).
ENTRYPOINT ["tini", "--", "node", "dist/bot/main.js"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
