import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { schemas } from './schemas.js';

/**
 * Generated clients name their functions after operation ids. So a route keeps its first id, even after it has moved
 * to another class.
 */
const classInContract: Readonly<Record<string, string>> = { ReferencesController: 'CatalogImagesController' };

function operationId(controller: string, method: string): string {
  return `${classInContract[controller] ?? controller}_${method}`;
}

/** Builds the OpenAPI document of all routes. */
export function buildDocument(app: INestApplication, publicBasePath: string): OpenAPIObject {
  const head = new DocumentBuilder()
    .setTitle('hss-bff')
    .setDescription(
      'Container images as Huawei Cloud HSS knows them: merged, cached, within its call budget.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'bearer')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'apiKey');
  if (publicBasePath !== '') head.addServer(publicBasePath);
  const document = SwaggerModule.createDocument(app, head.build(), { operationIdFactory: operationId });
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...schemas } };
  return document;
}
