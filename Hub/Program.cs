Console.WriteLine("Dovetail");
