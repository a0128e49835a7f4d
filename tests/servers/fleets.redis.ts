import {fleetContract} from './fleets.ts';

fleetContract('redis');
