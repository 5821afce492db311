import { IntersectionType } from '@nestjs/swagger';
import { CoordinatesQuery } from './coordinates.query.js';
import { PagingQuery } from './paging.query.js';

/** The parameters of the two lists of one image's content. */
export class ContentQuery extends IntersectionType(PagingQuery, CoordinatesQuery) {}
