import {closingContract} from './closing.ts';

closingContract('redis');
