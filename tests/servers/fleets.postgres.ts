import {fleetContract} from './fleets.ts';

fleetContract('postgres');
