import {closingContract} from './closing.ts';

closingContract('postgres');
