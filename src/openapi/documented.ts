/** An operation of the OpenAPI document, as far as other files of this room read it. */
export interface DocumentedParameter {
  name: string;
  in: string;
  description?: string;
  required?: boolean;
  example?: string;
  schema: { type?: string; [keyword: string]: unknown };
  'x-extensible-enum'?: readonly string[];
}

export interface DocumentedOperation {
  operationId: string;
  summary: string;
  description: string;
  tags?: string[];
  security?: object[];
  parameters?: (DocumentedParameter | { $ref: string })[];
  requestBody?: { content: Record<string, { example?: object }> };
}
