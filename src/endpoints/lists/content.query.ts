import { IntersectionType } from '@nestjs/swagger';
import { CoordinatesQuery } from './coordinates.query.js';
import { PagingQuery } from './paging.query.js';

/** What the two lists of one image's content take. */
export class ContentQuery extends IntersectionType(PagingQuery, CoordinatesQuery) {}
