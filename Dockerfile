# Two images from one build: `service` (the default, the last stage) and `emulator` (docker-compose.yml only).
# Both run read-only, without root, and hold nothing that is only needed to build or test.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package that runs in production has an install script that the service needs.
RUN npm ci --omit=dev --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.mjs scripts/bundle.mjs scripts/
COPY src src
COPY emulator emulator
RUN npm run build
COPY docs docs
COPY console/built console/built

FROM build AS production
# What only the build needs, and the stand-in for HSS, have no place next to real credentials. Source maps, type
# declarations, sources and browsers' bundles of packages are read by nothing at run time; the maps of dist/ name the
# lines of stack traces.
RUN rm -rf node_modules/typescript node_modules/@types node_modules/rolldown node_modules/@rolldown \
  node_modules/@oxc-project node_modules/.bin node_modules/rxjs/src node_modules/rxjs/dist/bundles \
  node_modules/swagger-ui-dist/swagger-ui-es-bundle*.js node_modules/libphonenumber-js/bundle dist/emulator && \
  find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete && \
  find node_modules -type d -empty -delete

FROM node:24-slim AS emulator
WORKDIR /app
COPY --from=build /app/package.json ./
# It imports nothing but Node, so it needs no node_modules.
COPY --from=build /app/dist/emulator dist/emulator
USER node
CMD ["node", "dist/emulator/main.js"]

FROM node:24-slim AS service
WORKDIR /app
ENV NODE_ENV=production LISTEN_HOST=0.0.0.0
COPY --from=production /app/package.json ./
COPY --from=production /app/node_modules node_modules
COPY --from=production /app/dist dist
# The pages at /docs/guide and the examples of /openapi.json.
COPY --from=production /app/docs docs
COPY --from=production /app/console console
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "dist/health-check.js"]
CMD ["node", "--enable-source-maps", "dist/main.js"]
